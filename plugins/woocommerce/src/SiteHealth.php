<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

/** How the plugin stands, in WordPress's Site Health and in WooCommerce's status report. */
final class SiteHealth
{
    public static function register(): void
    {
        add_filter('site_status_tests', [self::class, 'addTest']);
        add_filter('debug_information', [self::class, 'addFacts']);
        add_action('woocommerce_system_status_report', [self::class, 'report']);
    }

    /**
     * @param array<string, mixed> $tests
     * @return array<string, mixed>
     */
    public static function addTest(array $tests): array
    {
        if (Settings::text('enabled') === 'yes') {
            $tests['direct']['usdt_checkout'] = [
                'label' => __('USDT payments', 'usdt-checkout-for-woocommerce'),
                'test' => [self::class, 'test'],
            ];
        }
        return $tests;
    }

    /** @return array<string, mixed> */
    public static function test(): array
    {
        $problems = self::problems();
        $text = $problems === []
            ? [__('Gateway, webhook and the regular check are set up.', 'usdt-checkout-for-woocommerce')]
            : $problems;
        return [
            'label' => $problems === []
                ? __('USDT payments can come in', 'usdt-checkout-for-woocommerce')
                : __('USDT payments need your attention', 'usdt-checkout-for-woocommerce'),
            'status' => $problems === [] ? 'good' : 'critical',
            'badge' => ['label' => 'WooCommerce', 'color' => 'blue'],
            'description' => '<p>' . implode('</p><p>', array_map('esc_html', $text)) . '</p>',
            'actions' => '',
            'test' => 'usdt_checkout',
        ];
    }

    /**
     * @param array<string, mixed> $information
     * @return array<string, mixed>
     */
    public static function addFacts(array $information): array
    {
        $fields = [];
        foreach (self::facts() as $label => $value) {
            $fields[sanitize_key($label)] = ['label' => $label, 'value' => $value];
        }
        $information['usdt-checkout'] = ['label' => 'USDT Checkout', 'fields' => $fields];
        return $information;
    }

    public static function report(): void
    {
        echo '<table class="wc_status_table widefat" cellspacing="0"><thead><tr><th colspan="3"><h2>USDT Checkout</h2></th></tr></thead><tbody>';
        foreach (self::facts() as $label => $value) {
            echo '<tr><td>' . esc_html($label) . ':</td><td class="help"></td><td>' . esc_html($value) . '</td></tr>';
        }
        echo '</tbody></table>';
    }

    /** @return string[] */
    private static function problems(): array
    {
        $problems = [];
        if (!Settings::isComplete()) {
            $problems[] = __('Gateway, key or secret is missing.', 'usdt-checkout-for-woocommerce');
        }
        if (!Payments::isThere()) {
            return array_merge($problems, [__('The table of payments is missing.', 'usdt-checkout-for-woocommerce')]);
        }
        if (Shop::isMoved()) {
            $problems[] = __('The shop has another address than the one it was set up for.', 'usdt-checkout-for-woocommerce');
        }
        if (!isset(Settings::project()['webhook_tested_at'])) {
            $problems[] = __('No webhook was tested yet.', 'usdt-checkout-for-woocommerce');
        }
        if (function_exists('as_has_scheduled_action') && !as_has_scheduled_action(Reconciliation::HOOK)) {
            $problems[] = __('The regular check of payments is not scheduled.', 'usdt-checkout-for-woocommerce');
        }
        if (!Currencies::isTaken(get_woocommerce_currency())) {
            $problems[] = __('The shop\'s currency cannot be paid: test the connection in the settings.', 'usdt-checkout-for-woocommerce');
        }
        if ((Payments::count()[Payments::ATTENTION] ?? 0) > 0) {
            $problems[] = __('There are payments that wait for you.', 'usdt-checkout-for-woocommerce');
        }
        return $problems;
    }

    /** @return array<string, string> */
    private static function facts(): array
    {
        $project = Settings::project();
        $tested = $project['webhook_tested_at'] ?? null;
        $counts = Payments::isThere() ? Payments::count() : [];
        $states = array_map(static function (string $state, int $count): string {
            return "$state: $count";
        }, array_keys($counts), $counts);
        return [
            'Version' => VERSION,
            'Gateway' => Settings::text('gateway_url'),
            'Mode' => Settings::isTest() ? 'test' : 'live',
            'Shop' => Shop::id() . (Shop::isMoved() ? ' (moved)' : ''),
            'Webhook' => (string) ($project['webhook_url'] ?? ''),
            'Webhook tested' => is_int($tested) ? gmdate('Y-m-d H:i:s', $tested) . ' UTC' : 'never',
            'Payments' => implode(', ', $states),
            'Problems' => implode(' ', self::problems()),
        ];
    }
}
