<?php

// Removes what the plugin keeps: settings, table and job. The notes of orders stay, for the books.

declare(strict_types=1);

defined('WP_UNINSTALL_PLUGIN') || exit;

function usdt_checkout_uninstall_site(): void
{
    global $wpdb;
    $options = [
        'woocommerce_usdt_checkout_settings',
        'usdt_checkout_secret',
        'usdt_checkout_project',
        'usdt_checkout_shop',
        'usdt_checkout_schema',
    ];
    array_map('delete_option', $options);
    // phpcs:ignore WordPress.DB
    $wpdb->query("DROP TABLE IF EXISTS {$wpdb->prefix}usdt_checkout_payments");
    if (function_exists('as_unschedule_all_actions')) {
        as_unschedule_all_actions('usdt_checkout_reconcile');
    }
}

if (is_multisite()) {
    foreach (get_sites(['fields' => 'ids', 'number' => 0]) as $usdt_checkout_site) {
        switch_to_blog((int) $usdt_checkout_site);
        usdt_checkout_uninstall_site();
        restore_current_blog();
    }
} else {
    usdt_checkout_uninstall_site();
}
