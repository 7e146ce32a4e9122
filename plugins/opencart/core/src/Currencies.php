<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

use UsdtCheckout\OpenCart\UsdtClient\ApiError;
use UsdtCheckout\OpenCart\UsdtClient\Client;
use UsdtCheckout\OpenCart\UsdtClient\UsdtError;

/**
 * In which currencies a shop may have its totals. USDT and USD are USDT one to one. Others are for the gateway to
 * convert, where its operator has allowed them to the project: no rate comes from anywhere else.
 */
final class Currencies
{
    private const SAME = ['USDT', 'USD'];

    /** @var Settings */
    private $settings;
    /** @var Shop */
    private $shop;

    public function __construct(Settings $settings, Shop $shop)
    {
        $this->settings = $settings;
        $this->shop = $shop;
    }

    public function isTaken(string $currency): bool
    {
        return in_array($currency, self::SAME, true)
            || ($this->settings->project()['currencies'][$currency] ?? false) === true;
    }

    public function keep(string $currency, bool $isAllowed): void
    {
        $known = $this->settings->project()['currencies'] ?? [];
        $this->settings->keepProject(['currencies' => [$currency => $isAllowed] + (is_array($known) ? $known : [])]);
    }

    /**
     * What to send for an amount.
     *
     * @return array<string, string>
     */
    public static function price(string $amount, string $currency): array
    {
        return in_array($currency, self::SAME, true)
            ? ['amount' => $amount]
            : ['price_amount' => $amount, 'price_currency' => $currency];
    }

    /**
     * Asks whether the project may use a currency, by a payment that is given up at once: no call tells it.
     *
     * @throws UsdtError
     */
    public function ask(Client $client, string $currency): bool
    {
        if (in_array($currency, self::SAME, true)) {
            return true;
        }
        if (!preg_match('/^[A-Z]{3}$/D', $currency)) {
            return false;
        }
        $order = $this->shop->name() . "-currency-$currency-" . time();
        try {
            $payment = $client->createPayment(['order_id' => $order] + self::price('100', $currency));
        } catch (ApiError $error) {
            if ($error->getErrorCode() !== 'invalid_currency') {
                throw $error;
            }
            $this->keep($currency, false);
            return false;
        }
        $this->keep($currency, true);
        $client->cancelPayment($payment->paymentId, ['by' => 'opencart', 'note' => 'test of a currency']);
        return true;
    }
}
