<?php

// Parses all files of a plugin and its double in this version of PHP, and holds what its checks need.

declare(strict_types=1);

error_reporting(-1);
set_error_handler(static function (int $code, string $message, string $file, int $line): bool {
    throw new ErrorException($message, 0, $code, $file, $line);
});

function parseAll(string $folder): int
{
    $count = 0;
    foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator($folder, FilesystemIterator::SKIP_DOTS)) as $file) {
        if ($file->getExtension() === 'php') {
            token_get_all(file_get_contents((string) $file), TOKEN_PARSE);
            $count++;
        }
    }
    return $count;
}

function check(bool $isGood, string $what): void
{
    if (!$isGood) {
        throw new RuntimeException("wrong: $what");
    }
    $GLOBALS['checks'] = ($GLOBALS['checks'] ?? 0) + 1;
}

/**
 * A signed webhook for an attempt, as body and headers.
 *
 * @param array<string, mixed> $changes
 * @return array{string, array<string, string>}
 */
function paidWebhook(string $reference, int $paymentId, array $changes = [], string $secret = 'secret'): array
{
    $body = (string) json_encode($changes + [
        'payment_id' => $paymentId,
        'app_id' => 1,
        'order_id' => $reference,
        'status' => 'paid',
        'amount' => '6.20',
        'pay_amount' => '6.20',
        'currency' => 'USDT',
        'network' => 'TRC20',
        'txid' => str_repeat('f', 64),
        'paid_at' => '2026-07-01 18:04:12',
    ]);
    return [$body, ['HTTP_X_SIGNATURE' => hash_hmac('sha256', $body, $secret)]];
}
