<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

use UsdtCheckout\WooCommerce\UsdtClient\Decimal;

/** What the plugin asks of WooCommerce's orders. */
final class Orders
{
    /** The order as it stands in the database, whatever this request has read before. */
    public static function fresh(int $id): ?\WC_Order
    {
        $cache = '\Automattic\WooCommerce\Caches\OrderCache';
        if (function_exists('wc_get_container') && class_exists($cache)) {
            wc_get_container()->get($cache)->remove($id);
        }
        clean_post_cache($id);
        $order = wc_get_order($id);
        return $order instanceof \WC_Order ? $order : null;
    }

    public static function isOurs(\WC_Order $order): bool
    {
        return $order->get_payment_method() === Settings::GATEWAY_ID;
    }

    /** Whether it was paid, also where the money was given back since. */
    public static function isPaid(\WC_Order $order): bool
    {
        return $order->is_paid() || $order->get_date_paid() !== null || $order->has_status('refunded');
    }

    /** The order's total as decimal text, with the decimals of the shop and at most the gateway's six. */
    public static function total(\WC_Order $order): string
    {
        $total = (string) wc_format_decimal($order->get_total('edit'), min(6, wc_get_price_decimals()));
        return Decimal::isDecimal($total) ? $total : '0';
    }

    /** Whether the order still costs what the payment was made for. */
    public static function stillCosts(\WC_Order $order, PaymentRow $row): bool
    {
        return $order->get_currency() === $row->priceCurrency
            && Decimal::compare(self::total($order), $row->priceAmount) === 0;
    }

    /** Whether all its goods are still there, or are kept for it. */
    public static function hasStock(\WC_Order $order): bool
    {
        if ($order->get_data_store()->get_stock_reduced($order->get_id())) {
            return true;
        }
        $needed = [];
        foreach ($order->get_items() as $item) {
            $product = $item->is_type('line_item') ? $item->get_product() : null;
            if ($product && $product->managing_stock() && !$product->backorders_allowed()) {
                $id = $product->get_stock_managed_by_id();
                $needed[$id] = ($needed[$id] ?? 0) + $item->get_quantity();
            }
        }
        foreach ($needed as $id => $quantity) {
            $product = wc_get_product($id);
            $others = $product ? wc_get_held_stock_quantity($product, $order->get_id()) : 0;
            if (!$product || $product->get_stock_quantity() - $others < $quantity) {
                return false;
            }
        }
        return true;
    }

    /** Lets it wait for a person, without taking goods that others have got. */
    public static function hold(\WC_Order $order, string $note): void
    {
        $id = $order->get_id();
        $mayTake = self::hasStock($order);
        // WooCommerce takes the goods of an order on hold, and asks here first.
        $choose = static function ($takes, $of = 0) use ($id, $mayTake) {
            return (int) $of === $id && !$mayTake ? false : $takes;
        };
        add_filter('woocommerce_payment_complete_reduce_order_stock', $choose, 99, 2);
        $order->update_status('on-hold', $note);
        remove_filter('woocommerce_payment_complete_reduce_order_stock', $choose, 99);
    }
}
