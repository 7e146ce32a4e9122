<?php

// A plugin that WordPress must use: it writes down what the tests count, and lets requests break off where a test says.

defined('ABSPATH') || exit;

function usdt_test_record(string $what, string $about): void
{
    global $wpdb;
    $wpdb->insert("{$wpdb->prefix}usdt_test_events", ['what' => $what, 'about' => $about]);
}

add_action('woocommerce_payment_complete', static function ($id): void {
    usdt_test_record('complete', (string) $id);
}, 0);

add_action('woocommerce_order_status_changed', static function ($id, $from, $to): void {
    usdt_test_record('status', "$id $from $to");
}, 0, 3);

add_filter('pre_wp_mail', static function ($sent, array $mail): bool {
    usdt_test_record('mail', $mail['subject']);
    return true;
}, 10, 2);

add_filter('locale', static function (string $locale): string {
    return get_option('usdt_test_locale') ?: $locale;
});

foreach (['woocommerce_pre_payment_complete', 'woocommerce_payment_complete'] as $hook) {
    // In the way of a crash: nothing behind it runs, no `finally` either.
    add_action($hook, static function () use ($hook): void {
        if (get_option('usdt_test_crash') === $hook) {
            update_option('usdt_test_crash', '');
            exit;
        }
    }, 99);
}
