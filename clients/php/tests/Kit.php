<?php

declare(strict_types=1);

namespace UsdtClient\Tests;

use UsdtClient\Client;
use UsdtClient\Http\CurlTransport;
use UsdtClient\Http\SocketTransport;
use UsdtClient\Http\Transport;
use UsdtClient\Payment;

/** A gateway, the faulty proxy before it, and the receiver of its webhooks. */
final class Kit
{
    /** @var array<string, string> */
    private static $kit;

    public static function get(string $name): string
    {
        self::$kit = self::$kit ?? json_decode((string) getenv('KIT'), true);
        return self::$kit[$name];
    }

    /** @return array<string, Transport> */
    public static function transports(): array
    {
        return ['curl' => new CurlTransport(), 'sockets' => new SocketTransport()];
    }

    /** @param array<string, mixed> $options */
    public static function client(string $through = 'gateway', array $options = []): Client
    {
        return new Client(self::get($through), self::get('api_key'), self::get('api_secret'), $options);
    }

    public static function inject(string ...$faults): void
    {
        self::control('POST', '/_faults', json_encode(['faults' => $faults]));
    }

    /** @return array<int, array<string, mixed>> */
    public static function requests(): array
    {
        return self::control('GET', '/_requests')['requests'];
    }

    public static function forget(): void
    {
        self::control('DELETE', '/_requests');
    }

    /**
     * The first webhook that fits, once it is there.
     *
     * @return array{body: string, headers: array<string, string>}
     */
    public static function webhook(callable $fits): array
    {
        for (;;) {
            foreach (self::ask('GET', self::get('receiver') . '/_webhooks')['webhooks'] as $webhook) {
                $webhook['body'] = base64_decode($webhook['body']);
                if ($fits(json_decode($webhook['body'], true))) {
                    return $webhook;
                }
            }
        }
    }

    /** The payment once it fits. */
    public static function until(Client $client, string $paymentId, callable $fits): Payment
    {
        $payment = $client->getPayment($paymentId);
        while (!$fits($payment)) {
            $payment = $client->waitForChange($payment, 5);
        }
        return $payment;
    }

    /** An order ID that was never used. */
    public static function orderId(): string
    {
        return 'shop1-' . bin2hex(random_bytes(8)) . '-1';
    }

    /**
     * What a generator brings. PHP as WebAssembly cannot wait for an answer inside of `foreach`.
     *
     * @return array<int, mixed>
     */
    public static function all(\Generator $found): array
    {
        $all = [];
        for (; $found->valid(); $found->next()) {
            $all[] = $found->current();
        }
        return $all;
    }

    /** How many payments an order has. */
    public static function count(string $orderId): int
    {
        return count(self::all(self::client()->listPayments(['order_id' => $orderId])));
    }

    /** @return array<string, mixed> */
    private static function control(string $method, string $path, ?string $body = null): array
    {
        $answer = self::ask($method, self::get('proxy') . $path, $body);
        if ($answer['ok'] !== true) {
            throw new \RuntimeException($answer['error']);
        }
        return $answer;
    }

    /** @return array<string, mixed> */
    private static function ask(string $method, string $url, ?string $body = null): array
    {
        $curl = curl_init($url);
        curl_setopt_array($curl, [CURLOPT_CUSTOMREQUEST => $method, CURLOPT_RETURNTRANSFER => true]);
        if ($body !== null) {
            curl_setopt($curl, CURLOPT_POSTFIELDS, $body);
        }
        $answer = curl_exec($curl);
        if ($answer === false) {
            throw new \RuntimeException(curl_error($curl));
        }
        return json_decode($answer, true);
    }
}
