<?php

declare(strict_types=1);

namespace UsdtShop;

/**
 * The payments of the shop's orders, in a table of its own: one row for each attempt to pay an order.
 *
 * The row of an order's first attempt holds the order's lock, too. Whoever changes an order for a payment holds it.
 */
final class Payments
{
    /** The payer may still pay. */
    public const WAITING = 'waiting';
    /** Its time is over. Money may still come. */
    public const EXPIRED = 'expired';
    /** The order has got it. */
    public const BOOKED = 'booked';
    /** Money has come, and a person has to look. */
    public const ATTENTION = 'attention';
    /** A person has looked. */
    public const SETTLED = 'settled';
    /** Nothing comes any more, or it is another shop's. */
    public const CLOSED = 'closed';

    public const MINUTE = 60;
    public const HOUR = 3600;

    /** Seconds after which a lock is taken to be that of a request that broke off. */
    private const LOCK_SECONDS = 60;
    /** A shop sends mails while it completes an order, and a mail server may be slow. */
    private const BOOKING_SECONDS = 600;

    /** @var Database */
    private $database;

    public function __construct(Database $database)
    {
        $this->database = $database;
    }

    public function find(string $reference): ?PaymentRow
    {
        return $this->one('reference = ?', [$reference]);
    }

    public function findByPaymentId(string $paymentId): ?PaymentRow
    {
        return $this->one('payment_id = ?', [$paymentId]);
    }

    public function findByToken(string $token): ?PaymentRow
    {
        return $this->one('token = ?', [$token]);
    }

    /** The order's present attempt. */
    public function current(int $orderId): ?PaymentRow
    {
        return $this->one('order_id = ? ORDER BY attempt DESC LIMIT 1', [$orderId]);
    }

    /** @return PaymentRow[] */
    public function ofOrder(int $orderId): array
    {
        return $this->all('order_id = ? ORDER BY attempt', [$orderId]);
    }

    /** @return PaymentRow[] Those that wait stand before those whose time is over. */
    public function due(int $now, int $most): array
    {
        $states = [self::WAITING, self::EXPIRED];
        return $this->all('state IN (?, ?) AND check_at <= ? ORDER BY state DESC, check_at LIMIT ?', [...$states, $now, $most]);
    }

    /** @return PaymentRow[] */
    public function needingAttention(int $most): array
    {
        return $this->all('state = ? ORDER BY created_at DESC LIMIT ?', [self::ATTENTION, $most]);
    }

    /**
     * A new attempt, written down before the gateway hears of it: if its answer is lost, the reconciliation asks.
     */
    public function add(string $shop, int $orderId, int $attempt, string $amount, string $currency): PaymentRow
    {
        $reference = "$shop-$orderId-$attempt";
        $now = time();
        $this->insert([
            'reference' => $reference,
            'token' => bin2hex(random_bytes(16)),
            'order_id' => $orderId,
            'attempt' => $attempt,
            'price_amount' => $amount,
            'price_currency' => $currency,
            'state' => self::WAITING,
            'created_at' => $now,
            'check_at' => $now + 5 * self::MINUTE,
        ]);
        $row = $this->find($reference);
        if ($row === null) {
            throw new \RuntimeException('the payment cannot be written down');
        }
        return $row;
    }

    /** Money for something that this shop does not know, once for each payment. */
    public function addUnknown(string $paymentId, string $reference, string $reason): bool
    {
        return $this->insert([
            // A reference of its own: the one that came may stand in another row.
            'reference' => "unknown-$paymentId",
            'payment_id' => $paymentId,
            'token' => bin2hex(random_bytes(16)),
            'order_id' => 0,
            'attempt' => 0,
            'price_amount' => '0',
            'price_currency' => 'USDT',
            'state' => self::ATTENTION,
            'reason' => substr((string) preg_replace('/[^\x20-\x7e]/', '?', "$reference: $reason"), 0, 500),
            'created_at' => time(),
            'check_at' => 0,
        ]) === 1;
    }

    /** @param array<string, string|int|null> $changes */
    public function change(PaymentRow $row, array $changes): void
    {
        $set = implode(', ', array_map(static function (string $name): string {
            return "$name = ?";
        }, array_keys($changes)));
        $values = [...array_values($changes), $row->reference];
        $this->database->run("UPDATE {usdt_checkout_payment} SET $set WHERE reference = ?", $values);
    }

    /** Whether it may be asked for now: of all who come within that many seconds, one. */
    public function mayAsk(PaymentRow $row, int $seconds): bool
    {
        $now = time();
        $sql = 'UPDATE {usdt_checkout_payment} SET asked_at = ? WHERE reference = ? AND asked_at <= ?';
        return $this->database->run($sql, [$now, $row->reference, $now - $seconds]) === 1;
    }

    /** Those that wait are another shop's. */
    public function disown(): void
    {
        $sql = 'UPDATE {usdt_checkout_payment} SET state = ? WHERE state IN (?, ?)';
        $this->database->run($sql, [self::CLOSED, self::WAITING, self::EXPIRED]);
    }

    /** From here on a request that broke off may have changed the order. */
    public function beginBooking(PaymentRow $row): void
    {
        $this->change($row, ['is_booking' => 1]);
        $sql = 'UPDATE {usdt_checkout_payment} SET lock_until = ? WHERE order_id = ? AND lock_key IS NOT NULL';
        $this->database->run($sql, [time() + self::BOOKING_SECONDS, $row->orderId]);
    }

    /**
     * Does the work while nobody else changes the order for a payment.
     *
     * @param float $wait Seconds to wait for somebody else.
     * @return mixed What the work returns.
     * @throws Busy
     */
    public function withLock(int $orderId, float $wait, callable $work)
    {
        $key = bin2hex(random_bytes(16));
        $end = microtime(true) + $wait;
        while (!$this->lock($orderId, $key)) {
            if (microtime(true) >= $end) {
                throw new Busy("order $orderId is being changed by another request");
            }
            usleep(random_int(50000, 150000));
        }
        try {
            return $work();
        } finally {
            $sql = 'UPDATE {usdt_checkout_payment} SET lock_key = NULL WHERE order_id = ? AND lock_key = ?';
            $this->database->run($sql, [$orderId, $key]);
        }
    }

    private function lock(int $orderId, string $key): bool
    {
        $now = time();
        // The first attempt under any name that the shop had.
        $first = $this->one('order_id = ? ORDER BY attempt, created_at, reference LIMIT 1', [$orderId]);
        if ($first === null) {
            throw new \RuntimeException("order $orderId has no payment");
        }
        $sql = 'UPDATE {usdt_checkout_payment} SET lock_key = ?, lock_until = ?
            WHERE reference = ? AND (lock_key IS NULL OR lock_until < ?)';
        return $this->database->run($sql, [$key, $now + self::LOCK_SECONDS, $first->reference, $now]) === 1;
    }

    /** @param array<string, string|int> $values */
    private function insert(array $values): int
    {
        $marks = implode(', ', array_fill(0, count($values), '?'));
        $sql = 'INSERT IGNORE INTO {usdt_checkout_payment} (' . implode(', ', array_keys($values)) . ") VALUES ($marks)";
        return $this->database->run($sql, array_values($values));
    }

    /** @param array<int, string|int> $values */
    private function one(string $where, array $values): ?PaymentRow
    {
        return $this->all($where, $values)[0] ?? null;
    }

    /**
     * @param array<int, string|int> $values
     * @return PaymentRow[]
     */
    private function all(string $where, array $values): array
    {
        $rows = $this->database->rows("SELECT * FROM {usdt_checkout_payment} WHERE $where", $values);
        return array_map([PaymentRow::class, 'read'], $rows);
    }
}
