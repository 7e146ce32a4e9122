<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

/**
 * In which currencies an order may be. USDT and USD are USDT one to one. Others are for the gateway to convert, where
 * its operator has allowed them to the project: no rate comes from anywhere else.
 */
final class Currencies
{
    private const SAME = ['USDT', 'USD'];

    public static function isOneToOne(string $currency): bool
    {
        return in_array($currency, self::SAME, true);
    }

    public static function isTaken(string $currency): bool
    {
        return self::isOneToOne($currency) || in_array($currency, self::converted(), true);
    }

    /** The gateway has refused it. */
    public static function forget(string $currency): void
    {
        Settings::keepProject(['price_currencies' => array_values(array_diff(self::converted(), [$currency]))]);
    }

    /** @return string[] What the gateway said when it was last asked. */
    private static function converted(): array
    {
        $known = Settings::project()['price_currencies'] ?? [];
        return is_array($known) ? $known : [];
    }

    /** What to send for an amount. */
    public static function price(string $amount, string $currency): array
    {
        return self::isOneToOne($currency)
            ? ['amount' => $amount]
            : ['price_amount' => $amount, 'price_currency' => $currency];
    }
}
