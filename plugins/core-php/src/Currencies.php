<?php

declare(strict_types=1);

namespace UsdtShop;

/**
 * In which currencies a shop may have its totals. USDT and USD are USDT one to one. Others are for the gateway to
 * convert, where its operator has allowed them to the project: no rate comes from anywhere else.
 */
final class Currencies
{
    private const SAME = ['USDT', 'USD'];

    /** @var Settings */
    private $settings;

    public function __construct(Settings $settings)
    {
        $this->settings = $settings;
    }

    public function isTaken(string $currency): bool
    {
        return in_array($currency, self::SAME, true) || in_array($currency, $this->converted(), true);
    }

    /** The gateway has refused it. */
    public function forget(string $currency): void
    {
        $this->settings->keepProject(['price_currencies' => array_values(array_diff($this->converted(), [$currency]))]);
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

    /** @return string[] What the gateway said when it was last asked. */
    private function converted(): array
    {
        $known = $this->settings->project()['price_currencies'] ?? [];
        return is_array($known) ? $known : [];
    }
}
