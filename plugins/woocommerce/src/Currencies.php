<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

use UsdtCheckout\WooCommerce\UsdtClient\ApiError;
use UsdtCheckout\WooCommerce\UsdtClient\Client;
use UsdtCheckout\WooCommerce\UsdtClient\UsdtError;

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
        return self::isOneToOne($currency) || (Settings::project()['currencies'][$currency] ?? false) === true;
    }

    public static function keep(string $currency, bool $isAllowed): void
    {
        $known = Settings::project()['currencies'] ?? [];
        Settings::keepProject(['currencies' => [$currency => $isAllowed] + (is_array($known) ? $known : [])]);
    }

    /** What to send for an amount. */
    public static function price(string $amount, string $currency): array
    {
        return self::isOneToOne($currency)
            ? ['amount' => $amount]
            : ['price_amount' => $amount, 'price_currency' => $currency];
    }

    /**
     * Asks whether the project may use a currency, by a payment that is given up at once: no call tells it.
     *
     * @throws UsdtError
     */
    public static function ask(Client $client, string $currency): bool
    {
        if (self::isOneToOne($currency)) {
            return true;
        }
        if (!preg_match('/^[A-Z]{3}$/D', $currency)) {
            return false;
        }
        $order = Shop::id() . "-currency-$currency-" . time();
        try {
            $payment = $client->createPayment(['order_id' => $order] + self::price('100', $currency));
        } catch (ApiError $error) {
            if ($error->getErrorCode() !== 'invalid_currency') {
                throw $error;
            }
            self::keep($currency, false);
            return false;
        }
        self::keep($currency, true);
        $client->cancelPayment($payment->paymentId, ['by' => 'woocommerce', 'note' => 'test of a currency']);
        return true;
    }
}
