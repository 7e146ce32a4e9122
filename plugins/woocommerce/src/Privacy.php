<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

/** What the plugin keeps of a person: the payments of their orders. */
final class Privacy
{
    private const PAGE = 20;

    public static function register(): void
    {
        add_filter('wp_privacy_personal_data_exporters', static function (array $exporters): array {
            $exporters['usdt-checkout'] = [
                'exporter_friendly_name' => __('USDT payments', 'usdt-checkout-for-woocommerce'),
                'callback' => [self::class, 'export'],
            ];
            return $exporters;
        });
        // WooCommerce decides which orders it makes anonymous, and when.
        add_action('woocommerce_privacy_remove_order_personal_data', [self::class, 'erase']);
        add_action('admin_init', static function (): void {
            wp_add_privacy_policy_content('USDT Checkout', '<p>' . esc_html__(
                'To take a payment in USDT, this shop sends the number and the amount of the order to its payment gateway, and keeps the number of the payment and of the transaction. Transactions stand in a public blockchain, and stay there.',
                'usdt-checkout-for-woocommerce'
            ) . '</p>');
        });
    }

    /** @return array{data: array<int, array<string, mixed>>, done: bool} */
    public static function export(string $email, int $page = 1): array
    {
        $orders = wc_get_orders([
            'billing_email' => $email,
            'limit' => self::PAGE,
            'page' => $page,
            'orderby' => 'ID',
            'order' => 'ASC',
        ]);
        $data = [];
        foreach ($orders as $order) {
            foreach (Payments::ofOrder($order->get_id()) as $row) {
                $data[] = [
                    'group_id' => 'usdt-checkout',
                    'group_label' => __('USDT payments', 'usdt-checkout-for-woocommerce'),
                    'item_id' => "usdt-payment-$row->id",
                    'data' => [
                        ['name' => __('Payment', 'usdt-checkout-for-woocommerce'), 'value' => (string) $row->paymentId],
                        ['name' => __('Amount', 'usdt-checkout-for-woocommerce'), 'value' => (string) $row->amount],
                        ['name' => __('Transaction', 'usdt-checkout-for-woocommerce'), 'value' => (string) $row->txid],
                    ],
                ];
            }
        }
        return ['data' => $data, 'done' => count($orders) < self::PAGE];
    }

    public static function erase(\WC_Order $order): void
    {
        foreach (Payments::ofOrder($order->get_id()) as $row) {
            Payments::change($row, ['txid' => null, 'payment_url' => null]);
        }
    }
}
