<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

/** WooCommerce cancels unpaid orders by its own clock, whatever is on its way to them. Ours end with their payment. */
final class UnpaidOrders
{
    public static function register(): void
    {
        add_filter('woocommerce_cancel_unpaid_order', [self::class, 'mayCancel'], 20, 2);
    }

    /**
     * @param mixed $may
     * @param mixed $order
     * @return mixed
     */
    public static function mayCancel($may, $order)
    {
        if (!$order instanceof \WC_Order || !Orders::isOurs($order)) {
            return $may;
        }
        $row = Payments::current($order->get_id());
        if ($row === null || $row->state !== Payments::WAITING) {
            return $may;
        }
        // A gateway that has been silent for days ends nothing any more.
        return ($row->expiresAt ?? $row->createdAt) + Settings::quarantine() < time() ? $may : false;
    }
}
