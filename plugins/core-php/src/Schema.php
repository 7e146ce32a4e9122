<?php

declare(strict_types=1);

namespace UsdtShop;

/** The plugin's tables. */
final class Schema
{
    public static function create(Database $database): void
    {
        // The platform's own tables may be MyISAM: these need their rows' locks.
        $kind = 'ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_bin';
        $database->run("CREATE TABLE IF NOT EXISTS {usdt_checkout_payment} (
            reference varchar(128) NOT NULL,
            payment_id varchar(20) DEFAULT NULL,
            token varchar(32) NOT NULL,
            order_id int NOT NULL,
            attempt int NOT NULL,
            price_amount varchar(40) NOT NULL,
            price_currency varchar(8) NOT NULL,
            amount varchar(40) DEFAULT NULL,
            payment_url varchar(500) DEFAULT NULL,
            state varchar(16) NOT NULL,
            reason varchar(500) DEFAULT NULL,
            txid varchar(64) DEFAULT NULL,
            received_amount varchar(40) DEFAULT NULL,
            created_at bigint NOT NULL,
            expires_at bigint DEFAULT NULL,
            check_at bigint NOT NULL,
            asked_at bigint NOT NULL DEFAULT 0,
            is_booking int NOT NULL DEFAULT 0,
            lock_key varchar(32) DEFAULT NULL,
            lock_until bigint NOT NULL DEFAULT 0,
            PRIMARY KEY (reference),
            UNIQUE (payment_id),
            UNIQUE (token),
            KEY order_attempt (order_id, attempt),
            KEY due (state, check_at)
        ) $kind");
        $database->run("CREATE TABLE IF NOT EXISTS {usdt_checkout_state} (
            name varchar(32) NOT NULL,
            content text NOT NULL,
            PRIMARY KEY (name)
        ) $kind");
    }

    public static function drop(Database $database): void
    {
        $database->run('DROP TABLE IF EXISTS {usdt_checkout_payment}');
        $database->run('DROP TABLE IF EXISTS {usdt_checkout_state}');
    }
}
