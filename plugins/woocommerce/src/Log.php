<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

/** WooCommerce's log: IDs, states and reasons. No secret and no customer. */
final class Log
{
    public static function info(string $message): void
    {
        if (Settings::text('debug') === 'yes') {
            wc_get_logger()->info($message, ['source' => 'usdt-checkout']);
        }
    }

    public static function warning(string $message): void
    {
        wc_get_logger()->warning($message, ['source' => 'usdt-checkout']);
    }
}
