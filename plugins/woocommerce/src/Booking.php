<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

use UsdtCheckout\WooCommerce\UsdtClient\Decimal;
use UsdtCheckout\WooCommerce\UsdtClient\Event;
use UsdtCheckout\WooCommerce\UsdtClient\Payment;

/**
 * Changes orders by what has become of their payments: each payment once, and never backwards.
 *
 * Whatever cannot be booked is written down for a person.
 */
final class Booking
{
    /**
     * Books a payment that the gateway says is paid. It may be called for the same one any number of times, and at
     * once.
     *
     * @param Event|Payment $paid
     * @throws Busy
     */
    public static function paid(PaymentRow $row, $paid, float $wait = 0.0): void
    {
        if ($row->isTold()) {
            return;
        }
        Payments::withLock($row->orderId, $wait, static function () use ($row, $paid): void {
            $row = Payments::find($row->id);
            if ($row === null || $row->isTold()) {
                return;
            }
            $order = Orders::fresh($row->orderId);
            if ($order !== null && Orders::isPaid($order) && self::isPaidBy($order, $row, $paid)) {
                // A request broke off after it had completed the order.
                self::close($row, $paid, Payments::BOOKED, null);
                return;
            }
            $problem = self::problem($row, $order, $paid);
            if ($problem !== null) {
                self::alarm($row, $order, $paid, $problem, false);
                return;
            }
            $doubt = self::doubt($row, $order, $paid);
            if ($doubt !== null) {
                self::alarm($row, $order, $paid, $doubt, true);
                return;
            }
            self::complete($row, $order, $paid);
        });
    }

    /**
     * The payment's time is over, or it was given up.
     *
     * @throws Busy
     */
    public static function ended(PaymentRow $row, string $status): void
    {
        if ($row->state !== Payments::WAITING) {
            return;
        }
        Payments::withLock($row->orderId, 0.0, static function () use ($row, $status): void {
            $row = Payments::find($row->id);
            if ($row === null || $row->state !== Payments::WAITING) {
                return;
            }
            $order = Orders::fresh($row->orderId);
            $isCurrent = self::isCurrent($row);
            if ($order !== null && $isCurrent && Orders::isOurs($order) && $order->has_status('pending')) {
                $order->update_status(Settings::choice('expired_status'), sprintf(
                    /* translators: %s: number of a payment. */
                    __('The time to pay USDT payment %s is over.', 'usdt-checkout-for-woocommerce'),
                    (string) $row->paymentId
                ));
                if (function_exists('wc_release_stock_for_order')) {
                    wc_release_stock_for_order($order);
                }
            }
            // Behind the order: if this breaks off before, the next check does it again.
            Payments::change($row, ['state' => $status === 'failed' ? Payments::CLOSED : Payments::EXPIRED]);
        });
    }

    /** A person has looked at it. */
    public static function settle(PaymentRow $row): void
    {
        if ($row->state === Payments::ATTENTION) {
            Payments::change($row, ['state' => Payments::SETTLED]);
        }
    }

    /** @param Event|Payment $paid */
    private static function isPaidBy(\WC_Order $order, PaymentRow $row, $paid): bool
    {
        return Orders::isOurs($order)
            && $paid->txid !== null
            && $order->get_transaction_id() === $paid->txid
            && $paid->paymentId === $row->paymentId;
    }

    /**
     * Why this money must not change the order.
     *
     * @param Event|Payment $paid
     */
    private static function problem(PaymentRow $row, ?\WC_Order $order, $paid): ?string
    {
        $differences = array_diff($paid->differences([
            'order_id' => $row->reference,
            'amount' => (string) $row->amount,
            'payment_id' => (string) $row->paymentId,
        ]), ['received_amount']);
        if ($differences !== []) {
            return sprintf(
                /* translators: %s: names of fields. */
                __('it differs from what the shop has asked for: %s', 'usdt-checkout-for-woocommerce'),
                implode(', ', $differences)
            );
        }
        if (!$row->isOfThisShop()) {
            return __('it belongs to the shop of which this is a copy', 'usdt-checkout-for-woocommerce');
        }
        if ($order === null) {
            return __('the order is not there any more', 'usdt-checkout-for-woocommerce');
        }
        if (Orders::isPaid($order)) {
            return __('the order was paid before', 'usdt-checkout-for-woocommerce');
        }
        if (!Orders::isOurs($order)) {
            return __('the order has another payment method by now', 'usdt-checkout-for-woocommerce');
        }
        if (!self::isCurrent($row)) {
            return __('it belongs to an earlier attempt to pay the order', 'usdt-checkout-for-woocommerce');
        }
        if (!$order->has_status(['pending', 'failed', 'cancelled', 'on-hold'])) {
            return sprintf(
                /* translators: %s: state of an order. */
                __('the order is in the state %s', 'usdt-checkout-for-woocommerce'),
                $order->get_status()
            );
        }
        return null;
    }

    /**
     * Why a person has to decide before the goods go out.
     *
     * @param Event|Payment $paid
     */
    private static function doubt(PaymentRow $row, \WC_Order $order, $paid): ?string
    {
        $received = $paid->receivedAmount;
        if ($received !== null && self::isShort($received, (string) $row->amount)) {
            return sprintf(
                /* translators: 1: amount that came, 2: amount that was due. */
                __('%1$s USDT were accepted, and %2$s were due', 'usdt-checkout-for-woocommerce'),
                $received,
                (string) $row->amount
            );
        }
        if (!Orders::stillCosts($order, $row)) {
            return sprintf(
                /* translators: 1: what was paid for, 2: what the order costs. */
                __('%1$s were paid for, and the order costs %2$s by now', 'usdt-checkout-for-woocommerce'),
                "$row->priceAmount $row->priceCurrency",
                Orders::total($order) . ' ' . $order->get_currency()
            );
        }
        $isLate = $paid->late || $order->has_status(['cancelled', 'failed']);
        if ($isLate && Settings::choice('late_policy') === 'hold') {
            return __('it came after its time', 'usdt-checkout-for-woocommerce');
        }
        if ($isLate && !Orders::hasStock($order)) {
            return __('it came after its time, and the goods are sold', 'usdt-checkout-for-woocommerce');
        }
        return null;
    }

    private static function isShort(string $received, string $due): bool
    {
        return Decimal::compare(Amounts::add($received, Settings::tolerance()), $due) < 0;
    }

    private static function isCurrent(PaymentRow $row): bool
    {
        $current = Payments::current($row->orderId);
        return $current !== null && $current->id === $row->id;
    }

    /** @param Event|Payment $paid */
    private static function complete(PaymentRow $row, \WC_Order $order, $paid): void
    {
        $id = $order->get_id();
        $status = Settings::choice('paid_status');
        $choose = static function ($default, $of = 0) use ($status, $id) {
            return (int) $of === $id && $status !== 'default' ? $status : $default;
        };
        add_filter('woocommerce_payment_complete_order_status', $choose, 20, 2);
        $isComplete = $order->payment_complete((string) $paid->txid);
        remove_filter('woocommerce_payment_complete_order_status', $choose, 20);
        // WooCommerce catches what goes wrong in it.
        $saved = Orders::fresh($id);
        if (!$isComplete || $saved === null || !Orders::isPaid($saved)) {
            // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped -- It is logged, and no page shows it.
            throw new \RuntimeException("WooCommerce could not complete order $id");
        }
        $note = $paid->late
            /* translators: 1: number of a payment, 2: ID of a transaction. */
            ? __('USDT payment %1$s is paid, after its time. Transaction: %2$s', 'usdt-checkout-for-woocommerce')
            /* translators: 1: number of a payment, 2: ID of a transaction. */
            : __('USDT payment %1$s is paid. Transaction: %2$s', 'usdt-checkout-for-woocommerce');
        self::close($row, $paid, Payments::BOOKED, null);
        $saved->add_order_note(sprintf($note, (string) $row->paymentId, (string) $paid->txid));
        Log::info("payment $row->paymentId of order $id is booked");
    }

    /** @param Event|Payment $paid */
    private static function alarm(PaymentRow $row, ?\WC_Order $order, $paid, string $reason, bool $holds): void
    {
        $note = sprintf(
            /* translators: 1: number of a payment, 2: reason, 3: ID of a transaction. */
            __('USDT payment %1$s has brought money, but %2$s. Please decide. Transaction: %3$s', 'usdt-checkout-for-woocommerce'),
            (string) $paid->paymentId,
            $reason,
            (string) $paid->txid
        );
        if ($order !== null && $holds && !$order->has_status('on-hold')) {
            Orders::hold($order, $note);
        } elseif ($order !== null) {
            $order->add_order_note($note);
        }
        self::close($row, $paid, Payments::ATTENTION, $reason);
        Log::warning("payment $paid->paymentId needs attention: $reason");
        self::tell($note, $row->orderId);
    }

    public static function tell(string $note, int $orderId): void
    {
        $shop = wp_specialchars_decode((string) get_option('blogname'), ENT_QUOTES);
        $what = $orderId > 0
            /* translators: %d: number of an order. */
            ? sprintf(__('A USDT payment of order %d needs your attention', 'usdt-checkout-for-woocommerce'), $orderId)
            : __('A USDT payment needs your attention', 'usdt-checkout-for-woocommerce');
        wp_mail((string) get_option('admin_email'), "[$shop] $what", $note);
    }

    /** @param Event|Payment $paid */
    private static function close(PaymentRow $row, $paid, string $state, ?string $reason): void
    {
        Payments::change($row, [
            'state' => $state,
            'reason' => $reason === null ? null : mb_substr($reason, 0, 500),
            'txid' => $paid->txid,
            'received_amount' => $paid->receivedAmount,
        ]);
    }
}
