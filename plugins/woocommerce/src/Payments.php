<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

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

    private const SCHEMA = '1';
    private const SCHEMA_OPTION = 'usdt_checkout_schema';
    /** Seconds after which a lock is taken to be that of a request that broke off. */
    private const LOCK_SECONDS = 60;

    public static function table(): string
    {
        global $wpdb;
        return $wpdb->prefix . 'usdt_checkout_payments';
    }

    /** Creates the table where it is not there, also in a new site of a network. */
    public static function prepare(): void
    {
        if (get_option(self::SCHEMA_OPTION) === self::SCHEMA) {
            return;
        }
        global $wpdb;
        require_once ABSPATH . 'wp-admin/includes/upgrade.php';
        // 191 characters is what an index of an old MySQL takes.
        dbDelta('CREATE TABLE ' . self::table() . " (
            id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
            reference varchar(128) NOT NULL,
            payment_id varchar(20) DEFAULT NULL,
            token varchar(32) NOT NULL,
            wc_order bigint(20) unsigned NOT NULL,
            attempt int(10) unsigned NOT NULL,
            price_amount varchar(40) NOT NULL,
            price_currency varchar(8) NOT NULL,
            amount varchar(40) DEFAULT NULL,
            payment_url varchar(500) DEFAULT NULL,
            state varchar(16) NOT NULL,
            reason varchar(500) DEFAULT NULL,
            txid varchar(64) DEFAULT NULL,
            received_amount varchar(40) DEFAULT NULL,
            created_at bigint(20) NOT NULL,
            expires_at bigint(20) DEFAULT NULL,
            check_at bigint(20) NOT NULL,
            asked_at bigint(20) NOT NULL DEFAULT 0,
            lock_key varchar(32) DEFAULT NULL,
            locked_at bigint(20) NOT NULL DEFAULT 0,
            PRIMARY KEY  (id),
            UNIQUE KEY reference (reference),
            UNIQUE KEY payment_id (payment_id),
            UNIQUE KEY token (token),
            KEY wc_order (wc_order,attempt),
            KEY due (state,check_at)
        ) " . $wpdb->get_charset_collate() . ';');
        if (self::isThere()) {
            update_option(self::SCHEMA_OPTION, self::SCHEMA, true);
        }
    }

    public static function isThere(): bool
    {
        global $wpdb;
        $name = self::table();
        return $wpdb->get_var($wpdb->prepare('SHOW TABLES LIKE %s', $wpdb->esc_like($name))) === $name;
    }

    /**
     * @param string[] $tables
     * @return string[]
     */
    public static function dropWithSite(array $tables): array
    {
        $tables[] = self::table();
        return $tables;
    }

    public static function find(int $id): ?PaymentRow
    {
        return self::one('id = %d', [$id]);
    }

    public static function findByPaymentId(string $paymentId): ?PaymentRow
    {
        return self::one('payment_id = %s', [$paymentId]);
    }

    public static function findByReference(string $reference): ?PaymentRow
    {
        $row = self::one('reference = %s', [$reference]);
        // The table's collation may take `A` for `a`; the gateway does not.
        return $row !== null && $row->reference === $reference ? $row : null;
    }

    public static function findByToken(string $token): ?PaymentRow
    {
        return self::one('token = %s', [$token]);
    }

    /** The order's present attempt. */
    public static function current(int $orderId): ?PaymentRow
    {
        return self::one('wc_order = %d ORDER BY attempt DESC LIMIT 1', [$orderId]);
    }

    /** @return PaymentRow[] */
    public static function ofOrder(int $orderId): array
    {
        return self::all('wc_order = %d ORDER BY attempt', [$orderId]);
    }

    /** @return PaymentRow[] Those that wait stand before those whose time is over. */
    public static function due(int $now, int $most): array
    {
        $states = [self::WAITING, self::EXPIRED];
        return self::all('state IN (%s, %s) AND check_at <= %d ORDER BY state DESC, check_at LIMIT %d', [...$states, $now, $most]);
    }

    /** @return PaymentRow[] */
    public static function needingAttention(int $most): array
    {
        return self::all('state = %s ORDER BY id DESC LIMIT %d', [self::ATTENTION, $most]);
    }

    /** @return array<string, int> How many there are in each state. */
    public static function count(): array
    {
        global $wpdb;
        $counts = [];
        // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared -- It has no values, and the table's name is the plugin's own.
        $rows = $wpdb->get_results('SELECT state, COUNT(*) AS n FROM ' . self::table() . ' GROUP BY state', ARRAY_A);
        foreach ((array) $rows as $row) {
            $counts[(string) $row['state']] = (int) $row['n'];
        }
        return $counts;
    }

    /**
     * A new attempt, written down before the gateway hears of it: if its answer is lost, the reconciliation asks.
     */
    public static function add(int $orderId, int $attempt, string $amount, string $currency): PaymentRow
    {
        $reference = Shop::id() . "-$orderId-$attempt";
        $now = time();
        self::insert([
            'reference' => $reference,
            'token' => bin2hex(random_bytes(16)),
            'wc_order' => $orderId,
            'attempt' => $attempt,
            'price_amount' => $amount,
            'price_currency' => $currency,
            'state' => self::WAITING,
            'created_at' => $now,
            'check_at' => $now + 5 * MINUTE_IN_SECONDS,
        ]);
        $row = self::findByReference($reference);
        if ($row === null) {
            throw new \RuntimeException('the payment cannot be written down');
        }
        return $row;
    }

    /** Money for something that this shop does not know, once for each payment. */
    public static function addUnknown(string $paymentId, string $reference, string $reason): bool
    {
        return self::insert([
            // A reference of its own: the one that came may stand in another row.
            'reference' => "unknown-$paymentId",
            'payment_id' => $paymentId,
            'token' => bin2hex(random_bytes(16)),
            'wc_order' => 0,
            'attempt' => 0,
            'price_amount' => '0',
            'price_currency' => 'USDT',
            'state' => self::ATTENTION,
            'reason' => mb_substr("$reference: $reason", 0, 500),
            'created_at' => time(),
            'check_at' => 0,
        ]) === 1;
    }

    /** @param array<string, string|int|null> $changes */
    public static function change(PaymentRow $row, array $changes): void
    {
        global $wpdb;
        if ($wpdb->update(self::table(), $changes, ['id' => $row->id]) === false) {
            throw new \RuntimeException('a payment cannot be written down');
        }
    }

    /** Whether it may be asked for now: of all who come within that many seconds, one. */
    public static function mayAsk(PaymentRow $row, int $seconds): bool
    {
        $now = time();
        $sql = 'UPDATE ' . self::table() . ' SET asked_at = %d WHERE id = %d AND asked_at <= %d';
        return self::run($sql, [$now, $row->id, $now - $seconds]) === 1;
    }

    /** Those that wait are another shop's. */
    public static function disown(): void
    {
        $sql = 'UPDATE ' . self::table() . ' SET state = %s WHERE state IN (%s, %s)';
        self::run($sql, [self::CLOSED, self::WAITING, self::EXPIRED]);
    }

    /**
     * Does the work while nobody else changes the order for a payment.
     *
     * @param float $wait Seconds to wait for somebody else.
     * @return mixed What the work returns.
     * @throws Busy
     */
    public static function withLock(int $orderId, float $wait, callable $work)
    {
        $key = bin2hex(random_bytes(16));
        $end = microtime(true) + $wait;
        while (!self::lock($orderId, $key)) {
            if (microtime(true) >= $end) {
                // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped -- It is logged, and no page shows it.
                throw new Busy("order $orderId is being changed by another request");
            }
            usleep(random_int(50000, 150000));
        }
        try {
            return $work();
        } finally {
            $sql = 'UPDATE ' . self::table() . ' SET lock_key = NULL WHERE wc_order = %d AND lock_key = %s';
            self::run($sql, [$orderId, $key]);
        }
    }

    private static function lock(int $orderId, string $key): bool
    {
        $now = time();
        $sql = 'UPDATE ' . self::table() . ' SET lock_key = %s, locked_at = %d
            WHERE wc_order = %d AND attempt = 1 AND (lock_key IS NULL OR locked_at < %d)';
        return self::run($sql, [$key, $now, $orderId, $now - self::LOCK_SECONDS]) === 1;
    }

    /** @param array<string, string|int> $values */
    private static function insert(array $values): int
    {
        $forms = array_map(static function ($value): string {
            return is_int($value) ? '%d' : '%s';
        }, $values);
        $sql = 'INSERT IGNORE INTO ' . self::table() . ' (' . implode(', ', array_keys($values)) . ')
            VALUES (' . implode(', ', $forms) . ')';
        return self::run($sql, array_values($values));
    }

    /** @param array<int, string|int> $values */
    private static function run(string $sql, array $values): int
    {
        global $wpdb;
        // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared -- The words are this class's own, and every value has a placeholder.
        $count = $wpdb->query($wpdb->prepare($sql, $values));
        if ($count === false) {
            throw new \RuntimeException('the table of payments cannot be changed');
        }
        return (int) $count;
    }

    /** @param array<int, string|int> $values */
    private static function one(string $where, array $values): ?PaymentRow
    {
        return self::all($where, $values)[0] ?? null;
    }

    /**
     * @param array<int, string|int> $values
     * @return PaymentRow[]
     */
    private static function all(string $where, array $values): array
    {
        global $wpdb;
        $sql = 'SELECT * FROM ' . self::table() . " WHERE $where";
        // phpcs:ignore WordPress.DB.PreparedSQL.NotPrepared -- The words are this class's own, and every value has a placeholder.
        $rows = $wpdb->get_results($wpdb->prepare($sql, $values), ARRAY_A);
        if (!is_array($rows) || $wpdb->last_error !== '') {
            throw new \RuntimeException('the table of payments cannot be read');
        }
        return array_map([PaymentRow::class, 'read'], $rows);
    }
}
