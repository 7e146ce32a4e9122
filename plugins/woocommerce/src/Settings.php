<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

use UsdtCheckout\WooCommerce\UsdtClient\Client;
use UsdtCheckout\WooCommerce\UsdtClient\Decimal;

/** What the merchant has set. */
final class Settings
{
    public const GATEWAY_ID = 'usdt_checkout';
    public const OPTION = 'woocommerce_usdt_checkout_settings';
    /** Apart from the other settings: WooCommerce shows those to whoever may manage the shop. */
    public const SECRET_OPTION = 'usdt_checkout_secret';
    /** What the gateway said when it was last asked. */
    public const PROJECT_OPTION = 'usdt_checkout_project';

    private const CHOICES = [
        'paid_status' => ['default', 'processing', 'completed'],
        'expired_status' => ['failed', 'cancelled'],
        'late_policy' => ['complete', 'hold'],
        'display' => ['redirect', 'window'],
    ];

    public static function text(string $name): string
    {
        $settings = get_option(self::OPTION);
        $value = is_array($settings) ? $settings[$name] ?? '' : '';
        return is_string($value) ? trim($value) : '';
    }

    /** One of the choices of a setting; the first where none is set. */
    public static function choice(string $name): string
    {
        $value = self::text($name);
        return in_array($value, self::CHOICES[$name], true) ? $value : self::CHOICES[$name][0];
    }

    public static function tolerance(): string
    {
        $value = self::text('tolerance');
        return Decimal::isDecimal($value) ? $value : '0';
    }

    public static function secret(): string
    {
        $secret = get_option(self::SECRET_OPTION, '');
        return is_string($secret) ? $secret : '';
    }

    public static function isComplete(): bool
    {
        return self::text('gateway_url') !== '' && self::text('api_key') !== '' && self::secret() !== '';
    }

    public static function isTest(): bool
    {
        return strncmp(self::text('api_key'), 'pk_test_', 8) === 0;
    }

    public static function client(float $timeout = 15.0): Client
    {
        $platform = 'woocommerce/' . (defined('WC_VERSION') ? WC_VERSION : '0');
        return new Client(self::text('gateway_url'), self::text('api_key'), self::secret(), [
            'timeout' => $timeout,
            'user_agent' => 'plugin/' . VERSION . ' ' . $platform . ' wordpress/' . get_bloginfo('version'),
            'transport' => new WordPressTransport(),
        ]);
    }

    /** @return array<string, mixed> */
    public static function project(): array
    {
        $project = get_option(self::PROJECT_OPTION);
        return is_array($project) ? $project : [];
    }

    /** @param array<string, mixed> $changes */
    public static function keepProject(array $changes): void
    {
        update_option(self::PROJECT_OPTION, $changes + self::project(), false);
    }

    /** Seconds for which money may still come after a payment's time is over. */
    public static function quarantine(): int
    {
        $seconds = self::project()['quarantine_seconds'] ?? DAY_IN_SECONDS;
        return is_int($seconds) && $seconds > 0 ? $seconds : DAY_IN_SECONDS;
    }
}
