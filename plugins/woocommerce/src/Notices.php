<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

/** What the shop's owner must see in the administration. */
final class Notices
{
    private const ACTION = 'usdt_checkout_shop';
    private const MOST = 5;

    public static function register(): void
    {
        add_action('admin_notices', [self::class, 'show']);
        add_action('admin_post_' . self::ACTION, [self::class, 'decide']);
    }

    public static function show(): void
    {
        if (!current_user_can('manage_woocommerce') || Settings::text('enabled') !== 'yes') {
            return;
        }
        if (Shop::isMoved()) {
            self::notice('error', sprintf(
                /* translators: 1: address, 2: address. */
                __('USDT Checkout takes no payments: it was set up for %1$s, and this is %2$s.', 'usdt-checkout-for-woocommerce'),
                Shop::storedHome(),
                home_url()
            ), [
                __('This is a copy, or a new shop', 'usdt-checkout-for-woocommerce') => self::link('new'),
                __('The shop has moved here', 'usdt-checkout-for-woocommerce') => self::link('keep'),
            ]);
        }
        foreach (Payments::needingAttention(self::MOST) as $row) {
            $order = $row->orderId > 0 ? wc_get_order($row->orderId) : null;
            self::notice('warning', sprintf(
                /* translators: 1: number of a payment, 2: why. */
                __('USDT payment %1$s needs your attention: %2$s', 'usdt-checkout-for-woocommerce'),
                (string) $row->paymentId,
                (string) $row->reason
            ), array_filter([
                __('To the order', 'usdt-checkout-for-woocommerce') =>
                    $order instanceof \WC_Order ? $order->get_edit_order_url() : null,
                __('I have looked at it', 'usdt-checkout-for-woocommerce') => OrderBox::link('settle', $row),
            ]));
        }
    }

    public static function decide(): void
    {
        check_admin_referer(self::ACTION);
        if (!current_user_can('manage_woocommerce')) {
            wp_die(esc_html__('You may not do this.', 'usdt-checkout-for-woocommerce'), '', ['response' => 403]);
        }
        $what = isset($_GET['do']) ? sanitize_key(wp_unslash($_GET['do'])) : '';
        if ($what === 'new') {
            Shop::drawNew();
        } elseif ($what === 'keep') {
            Shop::keep();
        }
        wp_safe_redirect(wp_get_referer() ?: admin_url(), 303);
        exit;
    }

    private static function link(string $what): string
    {
        return wp_nonce_url(
            add_query_arg(['action' => self::ACTION, 'do' => $what], admin_url('admin-post.php')),
            self::ACTION
        );
    }

    /** @param array<string, string> $links */
    private static function notice(string $kind, string $text, array $links): void
    {
        echo '<div class="notice notice-' . esc_attr($kind) . '"><p>' . esc_html($text);
        foreach ($links as $label => $url) {
            echo ' <a href="' . esc_url($url) . '">' . esc_html($label) . '</a>';
        }
        echo '</p></div>';
    }
}
