<?php
/**
 * Plugin Name: WooCommerce (a double for tests)
 * Description: The parts of WooCommerce that the plugin for USDT uses, for machines that cannot have WooCommerce.
 * Version: 10.5.0
 */

// It is as careless as WooCommerce is where that matters to payments: an order is read once in a request, completed by
// what was read, and its goods are taken by a flag that is read and then written.

defined('ABSPATH') || exit;

define('WC_VERSION', '10.5.0');

require __DIR__ . '/order-cache.php';
require __DIR__ . '/orders.php';
require __DIR__ . '/gateways.php';
require __DIR__ . '/checkout.php';

register_activation_hook(__FILE__, static function (): void {
    global $wpdb;
    get_role('administrator')->add_cap('manage_woocommerce');
    get_role('administrator')->add_cap('edit_shop_orders');
    require_once ABSPATH . 'wp-admin/includes/upgrade.php';
    $collate = $wpdb->get_charset_collate();
    dbDelta("CREATE TABLE {$wpdb->prefix}double_orders (
        id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
        status varchar(20) NOT NULL,
        currency varchar(10) NOT NULL,
        total varchar(40) NOT NULL,
        payment_method varchar(100) NOT NULL DEFAULT '',
        transaction_id varchar(100) NOT NULL DEFAULT '',
        date_paid bigint(20) DEFAULT NULL,
        date_created bigint(20) NOT NULL,
        customer_id bigint(20) NOT NULL DEFAULT 0,
        order_key varchar(100) NOT NULL,
        created_via varchar(100) NOT NULL,
        billing_email varchar(200) NOT NULL DEFAULT '',
        items longtext NOT NULL,
        meta longtext NOT NULL,
        stock_reduced tinyint(1) NOT NULL DEFAULT 0,
        PRIMARY KEY  (id)
    ) $collate;");
    dbDelta("CREATE TABLE {$wpdb->prefix}double_notes (
        id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
        order_id bigint(20) unsigned NOT NULL,
        note longtext NOT NULL,
        PRIMARY KEY  (id)
    ) $collate;");
    dbDelta("CREATE TABLE {$wpdb->prefix}double_products (
        id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
        name varchar(200) NOT NULL,
        price varchar(40) NOT NULL,
        stock bigint(20) DEFAULT NULL,
        is_virtual tinyint(1) NOT NULL DEFAULT 0,
        PRIMARY KEY  (id)
    ) $collate;");
    dbDelta("CREATE TABLE {$wpdb->prefix}double_sessions (
        id varchar(64) NOT NULL,
        data longtext NOT NULL,
        PRIMARY KEY  (id)
    ) $collate;");
});

final class WooCommerce
{
    /** @var WC_Double_Session|null */
    public $session;

    public function payment_gateways(): WC_Payment_Gateways
    {
        static $gateways;
        return $gateways = $gateways ?? new WC_Payment_Gateways();
    }
}

function WC(): WooCommerce
{
    static $shop;
    return $shop = $shop ?? new WooCommerce();
}

final class WC_Double_Logger
{
    public function info(string $message, array $context = []): void
    {
        error_log("[info] {$context['source']}: $message");
    }

    public function warning(string $message, array $context = []): void
    {
        error_log("[warning] {$context['source']}: $message");
    }
}

function wc_get_logger(): WC_Double_Logger
{
    return new WC_Double_Logger();
}

function get_woocommerce_currency(): string
{
    return (string) apply_filters('woocommerce_currency', get_option('woocommerce_currency', 'USD'));
}

function wc_get_price_decimals(): int
{
    return absint(get_option('woocommerce_price_num_decimals', 2));
}

/** @param mixed $number */
function wc_format_decimal($number, $decimals = false): string
{
    return $decimals === false ? (string) $number : number_format((float) $number, (int) $decimals, '.', '');
}

/** @param mixed $value */
function wc_clean($value)
{
    return is_scalar($value) ? sanitize_text_field((string) $value) : $value;
}

add_action('plugins_loaded', static function (): void {
    do_action('before_woocommerce_init');
}, -1);

add_action('init', static function (): void {
    do_action('action_scheduler_init');
}, 1);

function as_has_scheduled_action($hook, $args = null, $group = ''): bool
{
    return isset(get_option('double_actions', [])[$hook]);
}

function as_schedule_recurring_action($at, $interval, $hook, $args = [], $group = '', $unique = false): int
{
    update_option('double_actions', [$hook => $interval] + get_option('double_actions', []), false);
    return 1;
}

function as_unschedule_all_actions($hook, $args = [], $group = ''): void
{
    $actions = get_option('double_actions', []);
    unset($actions[$hook]);
    update_option('double_actions', $actions, false);
}
