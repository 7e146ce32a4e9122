<?php

// Orders, products and their stock.

final class WC_Double_Product
{
    private $row;

    public function __construct(array $row)
    {
        $this->row = $row;
    }

    public function get_id(): int
    {
        return (int) $this->row['id'];
    }

    public function get_price(): string
    {
        return $this->row['price'];
    }

    public function managing_stock(): bool
    {
        return $this->row['stock'] !== null;
    }

    public function get_stock_quantity(): ?int
    {
        return $this->row['stock'] === null ? null : (int) $this->row['stock'];
    }

    public function get_stock_managed_by_id(): int
    {
        return $this->get_id();
    }

    public function backorders_allowed(): bool
    {
        return false;
    }

    public function is_virtual(): bool
    {
        return (bool) $this->row['is_virtual'];
    }
}

function wc_get_product($id)
{
    global $wpdb;
    $sql = "SELECT * FROM {$wpdb->prefix}double_products WHERE id = %d";
    $row = $wpdb->get_row($wpdb->prepare($sql, $id), ARRAY_A);
    return $row ? new WC_Double_Product($row) : false;
}

final class WC_Double_Item
{
    private $item;

    public function __construct(array $item)
    {
        $this->item = $item;
    }

    public function is_type($type): bool
    {
        return $type === 'line_item';
    }

    public function get_product()
    {
        return wc_get_product($this->item['product_id']);
    }

    public function get_quantity(): int
    {
        return $this->item['quantity'];
    }
}

final class WC_Double_Order_Store
{
    public function get_stock_reduced($id): bool
    {
        global $wpdb;
        $sql = "SELECT stock_reduced FROM {$wpdb->prefix}double_orders WHERE id = %d";
        return (bool) $wpdb->get_var($wpdb->prepare($sql, $id));
    }

    public function set_stock_reduced($id, $is): void
    {
        global $wpdb;
        $wpdb->update("{$wpdb->prefix}double_orders", ['stock_reduced' => (int) $is], ['id' => $id]);
    }
}

class WC_Order
{
    private const PAID = ['processing', 'completed'];

    private $row;
    private $meta;
    private $changes = [];
    private $from;

    public function __construct(array $row)
    {
        $this->row = $row;
        $this->meta = json_decode($row['meta'], true);
    }

    public function get_id(): int
    {
        return (int) $this->row['id'];
    }

    public function get_order_number(): string
    {
        return (string) $this->row['id'];
    }

    public function get_status(): string
    {
        return $this->row['status'];
    }

    public function has_status($status): bool
    {
        return in_array($this->row['status'], (array) $status, true);
    }

    public function is_paid(): bool
    {
        return $this->has_status(self::PAID);
    }

    public function needs_payment(): bool
    {
        return $this->has_status(['pending', 'failed']) && (float) $this->row['total'] > 0;
    }

    public function get_total($context = 'view')
    {
        return $this->row['total'];
    }

    public function get_currency(): string
    {
        return $this->row['currency'];
    }

    public function get_payment_method(): string
    {
        return $this->row['payment_method'];
    }

    public function get_transaction_id(): string
    {
        return $this->row['transaction_id'];
    }

    public function get_date_paid(): ?DateTime
    {
        return $this->row['date_paid'] === null ? null : new DateTime('@' . $this->row['date_paid']);
    }

    public function get_customer_id(): int
    {
        return (int) $this->row['customer_id'];
    }

    public function get_order_key(): string
    {
        return $this->row['order_key'];
    }

    public function get_created_via(): string
    {
        return $this->row['created_via'];
    }

    public function get_meta($key, $single = true)
    {
        return $this->meta[$key] ?? '';
    }

    public function update_meta_data($key, $value): void
    {
        $this->meta[$key] = $value;
        $this->changes['meta'] = wp_json_encode($this->meta);
    }

    public function set(array $changes): void
    {
        $this->row = $changes + $this->row;
        $this->changes = $changes + $this->changes;
    }

    /** @return WC_Double_Item[] */
    public function get_items(): array
    {
        return array_map(static function (array $item): WC_Double_Item {
            return new WC_Double_Item($item);
        }, json_decode($this->row['items'], true));
    }

    public function get_data_store(): WC_Double_Order_Store
    {
        return new WC_Double_Order_Store();
    }

    public function get_checkout_order_received_url(): string
    {
        return add_query_arg(['order-received' => $this->get_id(), 'key' => $this->get_order_key()], home_url('/'));
    }

    public function get_checkout_payment_url(): string
    {
        $query = ['order-pay' => $this->get_id(), 'pay_for_order' => 'true', 'key' => $this->get_order_key()];
        return add_query_arg($query, home_url('/'));
    }

    public function get_edit_order_url(): string
    {
        return admin_url('post.php?action=edit&post=' . $this->get_id());
    }

    public function set_status(string $status, string $note = ''): void
    {
        if ($status !== $this->row['status']) {
            $this->from = $this->from ?? $this->row['status'];
            $this->set(['status' => $status]);
        }
        if ($note !== '') {
            $this->add_order_note($note);
        }
    }

    public function update_status(string $status, string $note = ''): bool
    {
        $this->set_status($status, $note);
        $this->save();
        return true;
    }

    public function save(): int
    {
        global $wpdb;
        if ($this->changes !== []) {
            $wpdb->update("{$wpdb->prefix}double_orders", $this->changes, ['id' => $this->get_id()]);
            $this->changes = [];
        }
        $from = $this->from;
        $this->from = null;
        if ($from !== null) {
            do_action("woocommerce_order_status_{$this->row['status']}", $this->get_id(), $this);
            do_action('woocommerce_order_status_changed', $this->get_id(), $from, $this->row['status'], $this);
        }
        return $this->get_id();
    }

    public function payment_complete($transaction_id = ''): bool
    {
        if (!$this->get_id()) {
            return false;
        }
        try {
            do_action('woocommerce_pre_payment_complete', $this->get_id(), $transaction_id);
            $from = ['on-hold', 'pending', 'failed', 'cancelled'];
            $from = apply_filters('woocommerce_valid_order_statuses_for_payment_complete', $from, $this);
            if ($this->has_status($from)) {
                $this->set(['transaction_id' => (string) $transaction_id]);
                if ($this->get_date_paid() === null) {
                    $this->set(['date_paid' => time()]);
                }
                $status = $this->needs_processing() ? 'processing' : 'completed';
                $id = $this->get_id();
                $this->set_status(apply_filters('woocommerce_payment_complete_order_status', $status, $id, $this));
                $this->save();
                do_action('woocommerce_payment_complete', $id, $transaction_id);
            }
        } catch (Exception $error) {
            $this->add_order_note('Payment complete event failed. ' . $error->getMessage());
            return false;
        }
        return true;
    }

    public function add_order_note(string $note): int
    {
        global $wpdb;
        $wpdb->insert("{$wpdb->prefix}double_notes", ['order_id' => $this->get_id(), 'note' => $note]);
        return (int) $wpdb->insert_id;
    }

    private function needs_processing(): bool
    {
        foreach ($this->get_items() as $item) {
            if (!$item->get_product()->is_virtual()) {
                return true;
            }
        }
        return false;
    }
}

/** As WooCommerce's, it reads an order once in a request: others' changes are not seen. */
function wc_get_order($id)
{
    global $wpdb;
    $id = is_object($id) ? $id->get_id() : (int) $id;
    $row = wp_cache_get($id, 'double_orders');
    if (!$row) {
        $sql = "SELECT * FROM {$wpdb->prefix}double_orders WHERE id = %d";
        $row = $wpdb->get_row($wpdb->prepare($sql, $id), ARRAY_A);
        wp_cache_set($id, $row, 'double_orders');
    }
    return $row ? new WC_Order($row) : false;
}

final class WC_Double_Container
{
    public function get(string $class)
    {
        return new $class();
    }
}

function wc_get_container(): WC_Double_Container
{
    return new WC_Double_Container();
}

function wc_get_orders(array $query): array
{
    global $wpdb;
    $sql = "SELECT id FROM {$wpdb->prefix}double_orders WHERE billing_email = %s ORDER BY id LIMIT %d OFFSET %d";
    $offset = ($query['page'] - 1) * $query['limit'];
    $ids = $wpdb->get_col($wpdb->prepare($sql, $query['billing_email'], $query['limit'], $offset));
    return array_map('wc_get_order', $ids);
}

function wc_create_double_order(array $items, string $via, array $values): WC_Order
{
    global $wpdb;
    $total = 0;
    foreach ($items as $item) {
        $total += (int) round((float) wc_get_product($item['product_id'])->get_price() * 100) * $item['quantity'];
    }
    $wpdb->insert("{$wpdb->prefix}double_orders", $values + [
        'status' => 'pending',
        'currency' => get_woocommerce_currency(),
        'total' => number_format($total / 100, 2, '.', ''),
        'date_created' => time(),
        'customer_id' => get_current_user_id(),
        'order_key' => 'wc_order_' . wp_generate_password(13, false),
        'created_via' => $via,
        'items' => wp_json_encode($items),
        'meta' => '{}',
    ]);
    return wc_get_order($wpdb->insert_id);
}

/** Orders that wait keep goods for an hour. */
function wc_get_held_stock_quantity(WC_Double_Product $product, int $without = 0): int
{
    global $wpdb;
    $sql = "SELECT items FROM {$wpdb->prefix}double_orders WHERE status = 'pending' AND id <> %d AND date_created > %d";
    $held = 0;
    foreach ($wpdb->get_col($wpdb->prepare($sql, $without, time() - HOUR_IN_SECONDS)) as $items) {
        foreach (json_decode($items, true) as $item) {
            $held += $item['product_id'] === $product->get_id() ? $item['quantity'] : 0;
        }
    }
    return $held;
}

function wc_release_stock_for_order($order): void
{
}

function wc_reduce_stock_levels($id): void
{
    global $wpdb;
    foreach (wc_get_order($id)->get_items() as $item) {
        $product = $item->get_product();
        if ($product->managing_stock()) {
            $sql = "UPDATE {$wpdb->prefix}double_products SET stock = stock - %d WHERE id = %d";
            $wpdb->query($wpdb->prepare($sql, $item->get_quantity(), $product->get_id()));
        }
    }
}

function wc_maybe_reduce_stock_levels($id): void
{
    $order = wc_get_order($id);
    $is = $order->get_data_store()->get_stock_reduced($id);
    if (apply_filters('woocommerce_payment_complete_reduce_order_stock', !$is, $id)) {
        wc_reduce_stock_levels($id);
        $order->get_data_store()->set_stock_reduced($id, true);
    }
}

add_action('woocommerce_payment_complete', 'wc_maybe_reduce_stock_levels');
foreach (['completed', 'processing', 'on-hold'] as $status) {
    add_action("woocommerce_order_status_$status", 'wc_maybe_reduce_stock_levels');
}

function wc_cancel_unpaid_orders(): void
{
    global $wpdb;
    $sql = "SELECT id FROM {$wpdb->prefix}double_orders WHERE status = 'pending' AND date_created < %d";
    foreach ($wpdb->get_col($wpdb->prepare($sql, time() - HOUR_IN_SECONDS)) as $id) {
        $order = wc_get_order($id);
        if (apply_filters('woocommerce_cancel_unpaid_order', $order->get_created_via() === 'checkout', $order)) {
            $order->update_status('cancelled', 'Unpaid order cancelled - time limit reached.');
        }
    }
}
