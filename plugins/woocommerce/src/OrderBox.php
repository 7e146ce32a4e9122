<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

/** The payments of an order, beside it in the administration. */
final class OrderBox
{
    private const ACTION = 'usdt_checkout_order';

    public static function register(): void
    {
        add_action('add_meta_boxes', [self::class, 'add'], 10, 2);
        add_action('admin_post_' . self::ACTION, [self::class, 'act']);
    }

    /** @param mixed $shown A post or an order. */
    public static function add(string $screen, $shown = null): void
    {
        $order = self::orderOf($shown);
        if ($order === null || Payments::ofOrder($order->get_id()) === []) {
            return;
        }
        $id = function_exists('wc_get_page_screen_id') ? wc_get_page_screen_id('shop-order') : 'shop_order';
        add_meta_box(
            'usdt-checkout',
            __('USDT payments', 'usdt-checkout-for-woocommerce'),
            [self::class, 'show'],
            [$id, 'shop_order'],
            'side'
        );
    }

    private static function state(string $state): string
    {
        $names = [
            Payments::WAITING => __('waits for the money', 'usdt-checkout-for-woocommerce'),
            Payments::EXPIRED => __('not paid in time', 'usdt-checkout-for-woocommerce'),
            Payments::BOOKED => __('paid', 'usdt-checkout-for-woocommerce'),
            Payments::ATTENTION => __('needs your attention', 'usdt-checkout-for-woocommerce'),
            Payments::SETTLED => __('you have looked at it', 'usdt-checkout-for-woocommerce'),
            Payments::CLOSED => __('closed', 'usdt-checkout-for-woocommerce'),
        ];
        return $names[$state] ?? $state;
    }

    /** @param mixed $shown */
    public static function show($shown): void
    {
        $order = self::orderOf($shown);
        foreach ($order === null ? [] : Payments::ofOrder($order->get_id()) as $row) {
            $facts = [
                __('State', 'usdt-checkout-for-woocommerce') => self::state($row->state),
                __('Payment', 'usdt-checkout-for-woocommerce') => $row->paymentId,
                __('Order ID at the gateway', 'usdt-checkout-for-woocommerce') => $row->reference,
                __('Amount', 'usdt-checkout-for-woocommerce') => $row->amount === null ? null : "$row->amount USDT",
                __('Received', 'usdt-checkout-for-woocommerce') => $row->receivedAmount,
                __('Transaction', 'usdt-checkout-for-woocommerce') => $row->txid,
                __('Why', 'usdt-checkout-for-woocommerce') => $row->reason,
            ];
            echo '<dl style="overflow-wrap:anywhere">';
            foreach (array_filter($facts, 'is_string') as $name => $value) {
                echo '<dt><strong>' . esc_html($name) . '</strong></dt><dd>' . esc_html($value) . '</dd>';
            }
            echo '</dl>';
            if ($row->isOpen()) {
                self::button('check', $row, __('Check now', 'usdt-checkout-for-woocommerce'));
            } elseif ($row->state === Payments::ATTENTION) {
                self::button('settle', $row, __('I have looked at it', 'usdt-checkout-for-woocommerce'));
            }
        }
        echo '<p class="description">' . esc_html__(
            'A transfer cannot be taken back. To refund, ask the payer for an address: the sender\'s may be an exchange\'s.',
            'usdt-checkout-for-woocommerce'
        ) . '</p>';
    }

    public static function link(string $what, PaymentRow $row): string
    {
        $url = add_query_arg(['action' => self::ACTION, 'do' => $what, 'row' => $row->id], admin_url('admin-post.php'));
        return wp_nonce_url($url, self::ACTION . $row->id);
    }

    public static function act(): void
    {
        $id = isset($_GET['row']) ? absint(wp_unslash($_GET['row'])) : 0;
        $what = isset($_GET['do']) ? sanitize_key(wp_unslash($_GET['do'])) : '';
        check_admin_referer(self::ACTION . $id);
        $row = current_user_can('edit_shop_orders') ? Payments::find($id) : null;
        if ($row === null) {
            wp_die(esc_html__('You may not do this.', 'usdt-checkout-for-woocommerce'), '', ['response' => 403]);
        }
        if ($what === 'settle') {
            Booking::settle($row);
        } elseif ($what === 'check') {
            try {
                Reconciliation::check($row);
            } catch (\Exception $error) {
                wp_die(esc_html($error->getMessage()), '', ['response' => 502, 'back_link' => true]);
            }
        }
        $order = wc_get_order($row->orderId);
        $back = $order instanceof \WC_Order ? $order->get_edit_order_url() : admin_url('admin.php?page=wc-settings&tab=checkout');
        wp_safe_redirect($back, 303);
        exit;
    }

    private static function button(string $what, PaymentRow $row, string $label): void
    {
        echo '<p><a class="button" href="' . esc_url(self::link($what, $row)) . '">' . esc_html($label) . '</a></p>';
    }

    /** @param mixed $shown */
    private static function orderOf($shown): ?\WC_Order
    {
        if ($shown instanceof \WP_Post) {
            $shown = $shown->post_type === 'shop_order' ? wc_get_order($shown->ID) : null;
        }
        return $shown instanceof \WC_Order ? $shown : null;
    }
}
