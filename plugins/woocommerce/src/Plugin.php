<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

/** Hangs the parts of the plugin into WordPress and WooCommerce. */
final class Plugin
{
    public static function start(): void
    {
        add_action('before_woocommerce_init', [self::class, 'declareCompatibility']);
        add_action('plugins_loaded', [self::class, 'load']);
    }

    public static function declareCompatibility(): void
    {
        $features = '\Automattic\WooCommerce\Utilities\FeaturesUtil';
        if (class_exists($features)) {
            $features::declare_compatibility('custom_order_tables', FILE, true);
            $features::declare_compatibility('cart_checkout_blocks', FILE, true);
        }
    }

    public static function load(): void
    {
        if (!class_exists('WC_Payment_Gateway')) {
            return;
        }
        add_action('init', [self::class, 'loadTexts']);
        add_action('init', [Payments::class, 'prepare'], 1);
        add_filter('wpmu_drop_tables', [Payments::class, 'dropWithSite']);
        add_filter('woocommerce_payment_gateways', static function (array $gateways): array {
            $gateways[] = Gateway::class;
            return $gateways;
        });
        add_action('woocommerce_blocks_payment_method_type_registration', static function ($registry): void {
            $registry->register(new BlockCheckout());
        });
        WebhookEndpoint::register();
        ReturnPage::register();
        Reconciliation::register();
        UnpaidOrders::register();
        Privacy::register();
        SiteHealth::register();
        if (is_admin()) {
            AdminTests::register();
            OrderBox::register();
            Notices::register();
        }
    }

    public static function loadTexts(): void
    {
        load_plugin_textdomain('usdt-checkout-for-woocommerce', false, dirname(plugin_basename(FILE)) . '/languages');
    }
}
