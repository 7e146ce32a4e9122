<?php

// Steers and looks at the shop for the tests, from outside of its requests.
//
//   php control.php FOLDER COMMAND [JSON]

declare(strict_types=1);

use UsdtCheckout\WooCommerce as Plugin;

[, $folder, $command] = $argv;
$given = json_decode($argv[3] ?? '{}', true);
$_SERVER += ['HTTP_HOST' => '127.0.0.1', 'REQUEST_URI' => '/', 'REQUEST_METHOD' => 'GET', 'SERVER_PROTOCOL' => 'HTTP/1.1'];
require "$folder/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/plugin.php';

const PLUGIN = 'usdt-checkout-for-woocommerce/usdt-checkout-for-woocommerce.php';

function table(): string
{
    global $wpdb;
    return "{$wpdb->prefix}usdt_checkout_payments";
}

/** The path of a page with the checkout from before the blocks. */
function classic_checkout(): string
{
    $content = '[woocommerce_checkout]';
    foreach (get_posts(['post_type' => 'page', 'numberposts' => -1]) as $page) {
        if ($page->post_content === $content) {
            return "/?page_id={$page->ID}";
        }
    }
    $page = ['post_type' => 'page', 'post_status' => 'publish', 'post_title' => 'Classic checkout', 'post_content' => $content];
    return '/?page_id=' . wp_insert_post($page);
}

/** As who manages the shop changes the price of what was ordered. */
function change_total(WC_Order $order, string $total): void
{
    if (!class_exists('WC_Product_Simple')) {
        $order->set(['total' => $total]);
        return;
    }
    foreach ($order->get_items() as $item) {
        $item->set_subtotal($total);
        $item->set_total($total);
        $item->save();
    }
    $order->calculate_totals();
}

/** WooCommerce looks at when an order was changed, and any way of saving it sets that. */
function age_order(WC_Order $order, int $at): void
{
    global $wpdb;
    if (!class_exists('WC_Product_Simple')) {
        $order->set(['date_created' => $at]);
        $order->save();
        return;
    }
    $date = gmdate('Y-m-d H:i:s', $at);
    if (get_option('woocommerce_custom_orders_table_enabled') === 'yes') {
        $wpdb->update("{$wpdb->prefix}wc_orders", ['date_updated_gmt' => $date], ['id' => $order->get_id()]);
    } else {
        $wpdb->update($wpdb->posts, ['post_modified' => $date, 'post_modified_gmt' => $date], ['ID' => $order->get_id()]);
    }
}

function database(): string
{
    return class_exists('WP_SQLite_DB') ? 'SQLite' : 'MariaDB';
}

$commands = [
    'begin' => static function (array $given): array {
        global $wpdb;
        deactivate_plugins(PLUGIN);
        foreach (['woocommerce_usdt_checkout_settings', 'usdt_checkout_secret', 'usdt_checkout_project', 'usdt_checkout_shop', 'usdt_checkout_schema', 'usdt_test_crash'] as $name) {
            delete_option($name);
        }
        $wpdb->query('DROP TABLE IF EXISTS ' . table());
        $wpdb->query("DROP TABLE IF EXISTS {$wpdb->prefix}usdt_test_events");
        $wpdb->query("CREATE TABLE {$wpdb->prefix}usdt_test_events
            (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, what varchar(20) NOT NULL, about varchar(250) NOT NULL)");
        update_option('woocommerce_currency', 'USD');
        update_option('woocommerce_manage_stock', 'yes');
        update_option('woocommerce_hold_stock_minutes', '60');
        update_option('woocommerce_coming_soon', 'no');
        update_option('woocommerce_enable_guest_checkout', 'yes');
        update_option('woocommerce_cheque_settings', ['enabled' => 'yes', 'title' => 'Cheque']);
        $error = activate_plugin(PLUGIN);
        return [
            'isReal' => class_exists('WC_Product_Simple'),
            'blocks' => function_exists('wc_get_page_permalink') ? wc_get_page_permalink('checkout') : null,
            'checkout' => class_exists('WC_Product_Simple') ? classic_checkout() : '/?double-page=checkout',
            'home' => home_url(),
            'wordpress' => get_bloginfo('version'),
            'woocommerce' => WC_VERSION,
            'database' => database(),
            'hpos' => get_option('woocommerce_custom_orders_table_enabled', 'none'),
            'log' => ini_get('error_log'),
            'error' => is_wp_error($error) ? $error->get_error_message() : null,
        ];
    },
    // As the form of the settings is sent.
    'settings' => static function (array $given): array {
        $gateway = WC()->payment_gateways()->payment_gateways()['usdt_checkout'];
        $_POST = [];
        foreach ($given as $key => $value) {
            $_POST["woocommerce_usdt_checkout_$key"] = wp_slash($value);
        }
        $gateway->process_admin_options();
        ob_start();
        $gateway->init_settings();
        wp_set_current_user(1);
        $gateway->admin_options();
        return [
            'errors' => $gateway->get_errors(),
            'stored' => get_option('woocommerce_usdt_checkout_settings'),
            'html' => ob_get_clean(),
            'supports' => $gateway->supports,
            'refunds' => method_exists($gateway, 'supports') ? $gateway->supports('refunds') : false,
        ];
    },
    'product' => static function (array $given): array {
        global $wpdb;
        if (class_exists('WC_Product_Simple')) {
            $product = new WC_Product_Simple();
            $product->set_name('Thing');
            $product->set_regular_price($given['price']);
            // Nothing to ship, and yet to be processed.
            $product->set_virtual(true);
            if (isset($given['stock'])) {
                $product->set_manage_stock(true);
                $product->set_stock_quantity($given['stock']);
            }
            return ['id' => $product->save()];
        }
        $wpdb->insert("{$wpdb->prefix}double_products", ['name' => 'Thing', 'price' => $given['price'], 'stock' => $given['stock'] ?? null]);
        return ['id' => $wpdb->insert_id];
    },
    'stock' => static function (array $given): array {
        return ['stock' => wc_get_product($given['id'])->get_stock_quantity(), 'held' => wc_get_held_stock_quantity(wc_get_product($given['id']))];
    },
    'order' => static function (array $given): array {
        global $wpdb;
        $order = wc_get_order($given['id']);
        $notes = function_exists('wc_get_order_notes')
            ? array_column(wc_get_order_notes(['order_id' => $given['id']]), 'content')
            : $wpdb->get_col($wpdb->prepare("SELECT note FROM {$wpdb->prefix}double_notes WHERE order_id = %d", $given['id']));
        $has = $wpdb->get_var($wpdb->prepare('SHOW TABLES LIKE %s', table()));
        return [
            'status' => $order->get_status(),
            'total' => $order->get_total(),
            'currency' => $order->get_currency(),
            'txid' => $order->get_transaction_id(),
            'key' => $order->get_order_key(),
            'pay_url' => $order->get_checkout_payment_url(),
            'notes' => $notes,
            'rows' => $has ? $wpdb->get_results($wpdb->prepare('SELECT * FROM ' . table() . ' WHERE wc_order = %d ORDER BY attempt', $given['id']), ARRAY_A) : [],
            'completed' => (int) $wpdb->get_var($wpdb->prepare("SELECT COUNT(*) FROM {$wpdb->prefix}usdt_test_events WHERE what = 'complete' AND about = %s", $given['id'])),
        ];
    },
    'change' => static function (array $given): array {
        $order = wc_get_order($given['id']);
        if (isset($given['total'])) {
            change_total($order, $given['total']);
        }
        if (isset($given['method'])) {
            method_exists($order, 'set_payment_method') ? $order->set_payment_method($given['method']) : $order->set(['payment_method' => $given['method']]);
        }
        $order->save();
        if (isset($given['complete'])) {
            $order->payment_complete($given['complete']);
        }
        if (isset($given['status'])) {
            $order->update_status($given['status']);
        }
        if (isset($given['hours_old'])) {
            age_order($order, time() - $given['hours_old'] * HOUR_IN_SECONDS);
        }
        return [];
    },
    'unpaid' => static function (): array {
        wc_cancel_unpaid_orders();
        return [];
    },
    'run-job' => static function (array $given): array {
        global $wpdb;
        if ($given['all'] ?? true) {
            $wpdb->query('UPDATE ' . table() . ' SET check_at = 0, asked_at = 0');
        }
        do_action('usdt_checkout_reconcile');
        return ['scheduled' => as_has_scheduled_action('usdt_checkout_reconcile')];
    },
    'ensure-job' => static function (): array {
        Plugin\Reconciliation::ensure();
        return ['scheduled' => as_has_scheduled_action('usdt_checkout_reconcile')];
    },
    // The minute passes after which a lock is given up.
    'age-locks' => static function (): array {
        global $wpdb;
        return ['locks' => $wpdb->query('UPDATE ' . table() . ' SET locked_at = locked_at - 61 WHERE lock_key IS NOT NULL')];
    },
    'age' => static function (array $given): array {
        global $wpdb;
        $sql = 'UPDATE ' . table() . ' SET created_at = created_at - %d, expires_at = expires_at - %d WHERE wc_order = %d';
        $values = [$given['seconds'], $given['seconds'], $given['order']];
        return ['rows' => $wpdb->query($wpdb->prepare($sql, $values))];
    },
    'option' => static function (array $given): array {
        update_option($given['name'], $given['value']);
        return [];
    },
    'person' => static function (array $given): array {
        $name = 'test-' . bin2hex(random_bytes(6));
        $password = bin2hex(random_bytes(12));
        $id = wp_insert_user(['user_login' => $name, 'user_pass' => $password, 'role' => $given['role']]);
        return ['id' => $id, 'name' => $name, 'password' => $password];
    },
    // A link as the page of the order has it for whoever has these cookies.
    'check-link' => static function (array $given): array {
        foreach ($given['cookies'] as [$name, $value]) {
            $_COOKIE[$name] = urldecode($value);
        }
        wp_set_current_user(wp_validate_auth_cookie($_COOKIE[LOGGED_IN_COOKIE], 'logged_in'));
        $row = Plugin\Payments::find((int) $given['row']);
        return ['location' => html_entity_decode(Plugin\OrderBox::link('check', $row))];
    },
    'row' => static function (array $given): array {
        global $wpdb;
        return $wpdb->get_row($wpdb->prepare('SELECT * FROM ' . table() . ' WHERE payment_id = %s', $given['payment_id']), ARRAY_A);
    },
    'set-row' => static function (array $given): array {
        global $wpdb;
        return ['rows' => $wpdb->update(table(), $given['changes'], ['wc_order' => $given['order']])];
    },
    'forget-answer' => static function (array $given): array {
        global $wpdb;
        $none = ['payment_id' => null, 'payment_url' => null, 'amount' => null, 'expires_at' => null];
        return ['rows' => $wpdb->update(table(), $none, ['wc_order' => $given['order']])];
    },
    'forget-shop' => static function (): array {
        global $wpdb;
        delete_option('usdt_checkout_shop');
        $wpdb->query('DELETE FROM ' . table());
        return [];
    },
    'shop' => static function (array $given): array {
        if (($given['do'] ?? '') === 'new') {
            Plugin\Shop::drawNew();
        } elseif (($given['do'] ?? '') === 'keep') {
            Plugin\Shop::keep();
        }
        return ['id' => Plugin\Shop::id(), 'moved' => Plugin\Shop::isMoved()];
    },
    'test' => static function (array $given): array {
        return ['lines' => Plugin\AdminTests::lines($given['name'])];
    },
    'unknown' => static function (): array {
        global $wpdb;
        return ['rows' => $wpdb->get_results('SELECT * FROM ' . table() . ' WHERE wc_order = 0', ARRAY_A)];
    },
    'health' => static function (): array {
        $information = Plugin\SiteHealth::addFacts([]);
        ob_start();
        do_action('woocommerce_system_status_report');
        return ['test' => Plugin\SiteHealth::test(), 'fields' => $information['usdt-checkout']['fields'], 'report' => ob_get_clean()];
    },
    'export' => static function (array $given): array {
        return Plugin\Privacy::export($given['email'], $given['page']);
    },
    'box' => static function (array $given): array {
        wp_set_current_user(1);
        ob_start();
        Plugin\OrderBox::show(wc_get_order($given['id']));
        Plugin\Notices::show();
        return ['html' => ob_get_clean()];
    },
    'events' => static function (): array {
        global $wpdb;
        return ['events' => $wpdb->get_results("SELECT what, about FROM {$wpdb->prefix}usdt_test_events ORDER BY id", ARRAY_A)];
    },
    'uninstall' => static function (): array {
        global $wpdb;
        deactivate_plugins(PLUGIN);
        uninstall_plugin(PLUGIN);
        return [
            'options' => $wpdb->get_col("SELECT option_name FROM $wpdb->options WHERE option_name LIKE '%usdt\\_checkout%'"),
            'table' => $wpdb->get_var($wpdb->prepare('SHOW TABLES LIKE %s', table())),
            'scheduled' => as_has_scheduled_action('usdt_checkout_reconcile'),
        ];
    },
];
echo "\n", json_encode($commands[$command]($given), JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES), "\n";
