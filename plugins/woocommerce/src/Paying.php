<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

use UsdtCheckout\WooCommerce\UsdtClient\ApiError;
use UsdtCheckout\WooCommerce\UsdtClient\OrderConflictError;
use UsdtCheckout\WooCommerce\UsdtClient\Payment;
use UsdtCheckout\WooCommerce\UsdtClient\UsdtError;

/** Gets the payment of an order. */
final class Paying
{
    /** So many further attempts where the gateway has something else under the order's ID. */
    private const MOST_TRIES = 3;
    /** Seconds to wait for another request of the same order. */
    private const LOCK_WAIT = 20.0;

    /**
     * The payment of the order's present attempt. The same order again has the same payment.
     *
     * @throws UsdtError|Busy|\RuntimeException
     */
    public static function start(\WC_Order $order): PaymentRow
    {
        $id = $order->get_id();
        if (Payments::current($id) === null) {
            // The row that holds the order's lock. Of two at once, one adds it.
            Payments::add($id, 1, Orders::total($order), $order->get_currency());
        }
        return Payments::withLock($id, self::LOCK_WAIT, static function () use ($id): PaymentRow {
            $order = Orders::fresh($id);
            if ($order === null || Orders::isPaid($order)) {
                // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped -- It is logged, and no page shows it.
                throw new \RuntimeException("order $id waits for no payment");
            }
            return self::payment($order);
        });
    }

    /** What the gateway has for an attempt whose answer was lost; `false` where it has nothing. */
    public static function recover(PaymentRow $row): bool
    {
        try {
            $payment = Settings::client()->getPaymentByOrder($row->reference);
        } catch (ApiError $error) {
            if ($error->getStatus() === 404) {
                return false;
            }
            throw $error;
        }
        self::keep($row, $payment);
        return true;
    }

    private static function payment(\WC_Order $order): PaymentRow
    {
        $row = Payments::current($order->get_id());
        for ($try = 1;; $try++) {
            if ($row === null || !self::fits($row, $order)) {
                $attempt = $row === null ? 1 : $row->attempt + 1;
                $row = Payments::add($order->get_id(), $attempt, Orders::total($order), $order->get_currency());
            }
            if ($row->paymentUrl !== null) {
                return $row;
            }
            $found = self::create($row, $order);
            if ($found !== null) {
                return $found;
            }
            // The gateway has something else under this name: whatever it is, it is not this order's.
            Payments::change($row, ['state' => Payments::CLOSED, 'reason' => 'the order ID was used before']);
            $row = Payments::find($row->id);
            if ($try >= self::MOST_TRIES) {
                throw new \RuntimeException('the gateway has other payments under the IDs of this order');
            }
        }
    }

    private static function fits(PaymentRow $row, \WC_Order $order): bool
    {
        return $row->state === Payments::WAITING
            && Orders::stillCosts($order, $row)
            && $row->isOfThisShop()
            && ($row->expiresAt === null || $row->expiresAt > time());
    }

    /** The row with its payment, or `null` where the answer is not about it. */
    private static function create(PaymentRow $row, \WC_Order $order): ?PaymentRow
    {
        $back = ReturnPage::url($row->token);
        $request = [
            'order_id' => $row->reference,
            'description' => sprintf('WooCommerce %s', $order->get_order_number()),
            // Everybody can see them: no order key is in them.
            'success_url' => $back,
            'fail_url' => $back,
        ] + Currencies::price($row->priceAmount, $row->priceCurrency);
        try {
            $payment = Settings::client()->createPayment($request);
        } catch (OrderConflictError $conflict) {
            return null;
        } catch (ApiError $error) {
            if ($error->getErrorCode() === 'invalid_currency') {
                Currencies::forget($row->priceCurrency);
            }
            throw $error;
        }
        $known = Payments::findByPaymentId($payment->paymentId);
        $isOthers = $known !== null && $known->id !== $row->id;
        if ($isOthers || ($payment->status !== 'pending' && $row->paymentId !== $payment->paymentId)) {
            return null;
        }
        self::keep($row, $payment);
        $order->update_meta_data('_usdt_checkout_payment_id', $payment->paymentId);
        $order->save();
        $order->add_order_note(sprintf(
            /* translators: 1: number of a payment, 2: amount in USDT, 3: price in the shop's currency. */
            __('USDT payment %1$s was created: %2$s USDT for %3$s.', 'usdt-checkout-for-woocommerce'),
            $payment->paymentId,
            $payment->amount,
            "$row->priceAmount $row->priceCurrency"
        ));
        Reconciliation::ensure();
        return Payments::find($row->id);
    }

    private static function keep(PaymentRow $row, Payment $payment): void
    {
        Payments::change($row, [
            'payment_id' => $payment->paymentId,
            'amount' => $payment->amount,
            'payment_url' => $payment->paymentUrl,
            // By the shop's own clock.
            'expires_at' => time() + $payment->expiresIn,
        ]);
    }
}
