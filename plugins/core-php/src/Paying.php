<?php

declare(strict_types=1);

namespace UsdtShop;

use UsdtClient\ApiError;
use UsdtClient\NotFoundError;
use UsdtClient\OrderConflictError;
use UsdtClient\Payment;
use UsdtClient\UsdtError;

/** Gets the payment of an order. */
final class Paying
{
    /** So many further attempts where the gateway has something else under the order's ID. */
    private const MOST_TRIES = 3;
    /** Seconds to wait for another request of the same order. */
    private const LOCK_WAIT = 20.0;

    /** @var Plugin */
    private $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function isPossible(string $currency): bool
    {
        return $this->plugin->settings->isOn()
            && $this->plugin->settings->isComplete()
            && !$this->plugin->shop->isMoved()
            && $this->plugin->currencies->isTaken($currency);
    }

    /**
     * The payment of the order's present attempt. The same order again has the same payment.
     *
     * @throws UsdtError|Busy|\RuntimeException
     */
    public function start(int $orderId): PaymentRow
    {
        $order = $this->plugin->orders->find($orderId);
        if ($order === null) {
            throw new \RuntimeException("order $orderId is not there");
        }
        if (!$this->isPossible($order->currency)) {
            throw new \RuntimeException('payments in USDT are not possible now');
        }
        if ($this->plugin->payments->current($orderId) === null) {
            // The row that holds the order's lock. Of two at once, one adds it.
            $this->plugin->payments->add($this->plugin->shop->name(), $orderId, 1, $order->total, $order->currency);
        }
        return $this->plugin->payments->withLock($orderId, self::LOCK_WAIT, function () use ($orderId): PaymentRow {
            $order = $this->plugin->orders->find($orderId);
            if ($order === null || !$order->isOurs || !$this->mayBePaid($order)) {
                throw new \RuntimeException("order $orderId waits for no payment");
            }
            $row = $this->payment($order);
            if (!$this->plugin->orders->isAwaiting($order)) {
                $this->plugin->orders->await($order, sprintf(
                    'USDT payment %s was created: %s USDT for %s %s.',
                    $row->paymentId,
                    $row->amount,
                    $row->priceAmount,
                    $row->priceCurrency
                ));
            }
            return $row;
        });
    }

    /** What the gateway has for an attempt whose answer was lost; `false` where it has nothing. */
    public function recover(PaymentRow $row): bool
    {
        try {
            $payment = $this->plugin->settings->client()->getPaymentByOrder($row->reference);
        } catch (NotFoundError $error) {
            return false;
        }
        $this->keep($row, $payment);
        return true;
    }

    private function mayBePaid(Order $order): bool
    {
        foreach ($this->plugin->payments->ofOrder($order->id) as $row) {
            // What has come is for a person first.
            if ($row->state === Payments::BOOKED || $row->state === Payments::ATTENTION) {
                return false;
            }
        }
        return $this->plugin->orders->isWaiting($order)
            && !$this->plugin->orders->wasPaid($order)
            && $this->plugin->orders->hasStock($order);
    }

    private function payment(Order $order): PaymentRow
    {
        $row = $this->plugin->payments->current($order->id);
        for ($try = 1;; $try++) {
            if ($row === null || !$this->fits($row, $order)) {
                $attempt = $row === null ? 1 : $row->attempt + 1;
                $name = $this->plugin->shop->name();
                $row = $this->plugin->payments->add($name, $order->id, $attempt, $order->total, $order->currency);
            }
            if ($row->paymentUrl !== null) {
                return $row;
            }
            $found = $this->create($row);
            if ($found !== null) {
                return $found;
            }
            // The gateway has something else under this name: whatever it is, it is not this order's.
            $this->plugin->payments->change($row, ['state' => Payments::CLOSED, 'reason' => 'the order ID was used before']);
            $row = $this->plugin->payments->find($row->reference);
            if ($try >= self::MOST_TRIES) {
                throw new \RuntimeException('the gateway has other payments under the IDs of this order');
            }
        }
    }

    private function fits(PaymentRow $row, Order $order): bool
    {
        return $row->state === Payments::WAITING
            && $order->stillCosts($row)
            && $row->isOfShop($this->plugin->shop->name())
            && ($row->expiresAt === null || $row->expiresAt > time());
    }

    /** The row with its payment, or `null` where the answer is not about it. */
    private function create(PaymentRow $row): ?PaymentRow
    {
        $back = $this->plugin->platform->link('back', ['token' => $row->token]);
        $request = [
            'order_id' => $row->reference,
            'description' => $this->plugin->platform->description($row->orderId),
            // Everybody can see them: they name the attempt, and nothing of the payer's session.
            'success_url' => $back,
            'fail_url' => $back,
        ] + Currencies::price($row->priceAmount, $row->priceCurrency);
        try {
            $payment = $this->plugin->settings->client()->createPayment($request);
        } catch (OrderConflictError $conflict) {
            return null;
        } catch (ApiError $error) {
            if ($error->getErrorCode() === 'invalid_currency') {
                $this->plugin->currencies->forget($row->priceCurrency);
            }
            throw $error;
        }
        $known = $this->plugin->payments->findByPaymentId($payment->paymentId);
        $isOthers = $known !== null && $known->reference !== $row->reference;
        if ($isOthers || ($payment->status !== 'pending' && $row->paymentId !== $payment->paymentId)) {
            return null;
        }
        $this->keep($row, $payment);
        return $this->plugin->payments->find($row->reference);
    }

    private function keep(PaymentRow $row, Payment $payment): void
    {
        $this->plugin->payments->change($row, [
            'payment_id' => $payment->paymentId,
            'amount' => $payment->amount,
            'payment_url' => $payment->paymentUrl,
            // By the shop's own clock.
            'expires_at' => time() + $payment->expiresIn,
        ]);
    }
}
