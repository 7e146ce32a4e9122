<?php

// The two checkouts, the payment of an order that is there, the session and wc-api.

final class WC_Double_Session
{
    private const COOKIE = 'wp_woocommerce_session_double';

    private $id;
    private $data;

    public function __construct()
    {
        global $wpdb;
        $id = $_COOKIE[self::COOKIE] ?? '';
        $this->id = is_string($id) && preg_match('/^[0-9a-f]{32}$/', $id) ? $id : bin2hex(random_bytes(16));
        $sql = "SELECT data FROM {$wpdb->prefix}double_sessions WHERE id = %s";
        $this->data = json_decode((string) $wpdb->get_var($wpdb->prepare($sql, $this->id)), true) ?: [];
    }

    public function get($key, $default = null)
    {
        return $this->data[$key] ?? $default;
    }

    public function set($key, $value): void
    {
        global $wpdb;
        $this->data[$key] = $value;
        $data = ['id' => $this->id, 'data' => wp_json_encode($this->data)];
        $wpdb->replace("{$wpdb->prefix}double_sessions", $data);
        if (!headers_sent()) {
            setcookie(self::COOKIE, $this->id, ['path' => '/', 'httponly' => true]);
        }
    }
}

function wc_add_notice($message, $kind = 'success'): void
{
    $GLOBALS['double_notices'][] = [$kind, $message];
}

function is_checkout_pay_page(): bool
{
    return isset($_GET['order-pay']);
}

function wc_get_checkout_url(): string
{
    return home_url('/?double-page=checkout');
}

add_filter('query_vars', static function (array $names): array {
    return array_merge($names, ['order-pay', 'order-received']);
});

add_action('init', static function (): void {
    if (PHP_SAPI !== 'cli') {
        WC()->session = new WC_Double_Session();
    }
}, 0);

/** An order of the cart, or the one that it has already, where the cart is the same. */
function double_order(string $via, string $method, string $email): WC_Order
{
    $items = WC()->session->get('cart', []);
    $id = (int) WC()->session->get('order_awaiting_payment', 0);
    $order = $id > 0 ? wc_get_order($id) : false;
    $hash = md5((string) wp_json_encode($items));
    if (!$order || !$order->has_status(['pending', 'failed']) || $order->get_meta('cart_hash') !== $hash) {
        $order = wc_create_double_order($items, $via, ['billing_email' => $email]);
        $order->update_meta_data('cart_hash', $hash);
    }
    $order->set(['payment_method' => $method]);
    $order->save();
    WC()->session->set('order_awaiting_payment', $order->get_id());
    wp_cache_delete($order->get_id(), 'double_orders');
    return $order;
}

/** @return array{ok: bool, redirect?: string, error?: string} */
function double_pay(WC_Order $order, string $method): array
{
    $gateway = WC()->payment_gateways()->get_available_payment_gateways()[$method] ?? null;
    if ($gateway === null) {
        return ['ok' => false, 'error' => 'Invalid payment method.'];
    }
    $result = $gateway->process_payment($order->get_id());
    if (($result['result'] ?? '') !== 'success') {
        return ['ok' => false, 'error' => $GLOBALS['double_notices'][0][1] ?? 'failed'];
    }
    return ['ok' => true, 'redirect' => $result['redirect']];
}

function double_lacks_stock(): bool
{
    $own = (int) WC()->session->get('order_awaiting_payment', 0);
    foreach (WC()->session->get('cart', []) as $item) {
        $product = wc_get_product($item['product_id']);
        $left = $product->managing_stock()
            ? $product->get_stock_quantity() - wc_get_held_stock_quantity($product, $own)
            : PHP_INT_MAX;
        if ($left < $item['quantity']) {
            return true;
        }
    }
    return false;
}

add_action('template_redirect', static function (): void {
    if (isset($_GET['wc-api'])) {
        // As WooCommerce does: an action of that name, and then "-1".
        ob_start();
        do_action('woocommerce_api_' . strtolower(wc_clean($_GET['wc-api'])));
        ob_end_clean();
        status_header(200);
        die('-1');
    }
    if (isset($_GET['add-to-cart'])) {
        $item = ['product_id' => absint($_GET['add-to-cart']), 'quantity' => absint($_GET['quantity'] ?? 1)];
        WC()->session->set('cart', [$item]);
    }
    if (($_GET['double-page'] ?? '') === 'checkout') {
        $nonce = wp_create_nonce('woocommerce-process_checkout');
        echo "<form><input name=\"woocommerce-process-checkout-nonce\" value=\"$nonce\">";
        foreach (WC()->payment_gateways()->get_available_payment_gateways() as $gateway) {
            echo '<input type="radio" name="payment_method" value="' . esc_attr($gateway->id) . '">';
        }
        exit('</form>');
    }
    if (($_GET['wc-ajax'] ?? '') === 'checkout') {
        if (!wp_verify_nonce($_POST['woocommerce-process-checkout-nonce'] ?? '', 'woocommerce-process_checkout')) {
            wp_send_json(['result' => 'failure', 'messages' => 'nonce']);
        }
        if (double_lacks_stock()) {
            wp_send_json(['result' => 'failure', 'messages' => 'Not enough stock.']);
        }
        $method = wc_clean($_POST['payment_method'] ?? '');
        $order = double_order('checkout', $method, wc_clean($_POST['billing_email'] ?? ''));
        $paid = double_pay($order, $method);
        wp_send_json($paid['ok']
            ? ['result' => 'success', 'redirect' => $paid['redirect'], 'order_id' => $order->get_id()]
            : ['result' => 'failure', 'messages' => $paid['error']]);
    }
    if (isset($_GET['order-pay'])) {
        $order = wc_get_order(absint($_GET['order-pay']));
        if (!$order || $order->get_order_key() !== ($_GET['key'] ?? '') || !$order->needs_payment()) {
            wp_die('This order cannot be paid for.', '', 403);
        }
        if (!isset($_POST['woocommerce_pay'])) {
            $nonce = wp_create_nonce('woocommerce-pay');
            exit("<form><input name=\"woocommerce-pay-nonce\" value=\"$nonce\"></form>");
        }
        if (!wp_verify_nonce($_POST['woocommerce-pay-nonce'] ?? '', 'woocommerce-pay')) {
            wp_die('nonce', '', 403);
        }
        $method = wc_clean($_POST['payment_method'] ?? '');
        $order->set(['payment_method' => $method]);
        $order->save();
        $paid = double_pay($order, $method);
        if ($paid['ok']) {
            wp_redirect($paid['redirect']);
            exit;
        }
        exit(esc_html($paid['error']));
    }
    if (isset($_GET['order-received'])) {
        $order = wc_get_order(absint($_GET['order-received']));
        exit($order && $order->get_order_key() === ($_GET['key'] ?? '') ? 'Order received.' : 'Thank you.');
    }
}, 1);

add_action('rest_api_init', static function (): void {
    $answer = static function ($data, int $status = 200): WP_REST_Response {
        return new WP_REST_Response($data, $status, ['Nonce' => wp_create_nonce('wc_store_api')]);
    };
    $mayWrite = static function (WP_REST_Request $request): bool {
        return (bool) wp_verify_nonce((string) $request->get_header('Nonce'), 'wc_store_api');
    };
    register_rest_route('wc/store/v1', '/cart', [
        'methods' => 'GET',
        'permission_callback' => '__return_true',
        'callback' => static function () use ($answer): WP_REST_Response {
            $gateways = WC()->payment_gateways()->get_available_payment_gateways();
            return $answer(['items' => WC()->session->get('cart', []), 'payment_methods' => array_keys($gateways)]);
        },
    ]);
    register_rest_route('wc/store/v1', '/cart/add-item', [
        'methods' => 'POST',
        'permission_callback' => $mayWrite,
        'callback' => static function (WP_REST_Request $request) use ($answer): WP_REST_Response {
            $item = ['product_id' => absint($request['id']), 'quantity' => absint($request['quantity'])];
            WC()->session->set('cart', [$item]);
            return $answer(['items' => [$item]], 201);
        },
    ]);
    register_rest_route('wc/store/v1', '/checkout', [
        'methods' => 'POST',
        'permission_callback' => $mayWrite,
        'callback' => static function (WP_REST_Request $request) use ($answer): WP_REST_Response {
            if (double_lacks_stock()) {
                return $answer(['code' => 'woocommerce_product_not_enough_stock', 'message' => 'Not enough stock.'], 403);
            }
            $method = wc_clean((string) $request['payment_method']);
            $email = wc_clean($request['billing_address']['email'] ?? '');
            $order = double_order('store-api', $method, $email);
            $paid = double_pay($order, $method);
            if (!$paid['ok']) {
                return $answer(['code' => 'woocommerce_rest_payment_error', 'message' => $paid['error']], 400);
            }
            return $answer([
                'order_id' => $order->get_id(),
                'order_key' => $order->get_order_key(),
                'payment_result' => ['payment_status' => 'success', 'redirect_url' => $paid['redirect']],
            ]);
        },
    ]);
});
