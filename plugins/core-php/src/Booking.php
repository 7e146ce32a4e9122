<?php

declare(strict_types=1);

namespace UsdtShop;

use UsdtClient\Decimal;
use UsdtClient\Event;
use UsdtClient\Payment;

/**
 * Changes orders by what has become of their payments: each payment once, and never backwards.
 *
 * Whatever cannot be booked is written down for a person.
 */
final class Booking
{
    /** @var Plugin */
    private $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    /**
     * Books a payment that the gateway says is paid. It may be called for the same one any number of times, and at
     * once.
     *
     * @param Event|Payment $paid
     * @throws Busy
     */
    public function paid(PaymentRow $row, $paid, float $wait = 0.0): void
    {
        if ($row->isTold()) {
            return;
        }
        $this->plugin->payments->withLock($row->orderId, $wait, function () use ($row, $paid): void {
            $row = $this->plugin->payments->find($row->reference);
            if ($row === null || $row->isTold()) {
                return;
            }
            $order = $this->plugin->orders->find($row->orderId);
            if ($row->isBooking && $order !== null && $this->wasCompleted($order, $row, $paid)) {
                $this->close($row, $paid, Payments::BOOKED, null);
                return;
            }
            $problem = $this->problem($row, $order, $paid);
            if ($problem !== null) {
                $this->alarm($row, $order, $paid, $problem, false);
                return;
            }
            $doubt = $this->doubt($row, $order, $paid);
            if ($doubt !== null) {
                $this->alarm($row, $order, $paid, $doubt, true);
                return;
            }
            $this->complete($row, $order, $paid);
        });
    }

    /**
     * The payment's time is over, or it was given up.
     *
     * @throws Busy
     */
    public function ended(PaymentRow $row, string $status): void
    {
        if ($row->state !== Payments::WAITING) {
            return;
        }
        $this->plugin->payments->withLock($row->orderId, 0.0, function () use ($row, $status): void {
            $row = $this->plugin->payments->find($row->reference);
            if ($row === null || $row->state !== Payments::WAITING) {
                return;
            }
            $order = $this->plugin->orders->find($row->orderId);
            if ($order !== null && $order->isOurs && $this->isCurrent($row) && $this->plugin->orders->isAwaiting($order)) {
                $this->plugin->orders->end($order, "The time to pay USDT payment $row->paymentId is over.");
            }
            // Behind the order: if this breaks off before, the next check does it again.
            $state = $status === 'failed' ? Payments::CLOSED : Payments::EXPIRED;
            $this->plugin->payments->change($row, ['state' => $state]);
        });
    }

    /** A person has looked at it. */
    public function settle(PaymentRow $row): void
    {
        if ($row->state === Payments::ATTENTION) {
            $this->plugin->payments->change($row, ['state' => Payments::SETTLED]);
        }
    }

    /**
     * Whether a request broke off after it had completed the order.
     *
     * @param Event|Payment $paid
     */
    private function wasCompleted(Order $order, PaymentRow $row, $paid): bool
    {
        return $paid->txid !== null
            && $paid->paymentId === $row->paymentId
            && $this->plugin->orders->isPaidBy($order, $paid->paymentId, $paid->txid);
    }

    /**
     * Why this money must not change the order.
     *
     * @param Event|Payment $paid
     */
    private function problem(PaymentRow $row, ?Order $order, $paid): ?string
    {
        $differences = array_diff($paid->differences([
            'order_id' => $row->reference,
            'amount' => (string) $row->amount,
            'payment_id' => (string) $row->paymentId,
        ]), ['received_amount']);
        if ($differences !== []) {
            return 'it differs from what the shop has asked for: ' . implode(', ', $differences);
        }
        if (!$row->isOfShop($this->plugin->shop->name())) {
            return 'it belongs to the shop of which this is a copy';
        }
        if ($order === null) {
            return 'the order is not there any more';
        }
        if ($this->plugin->orders->wasPaid($order)) {
            return 'the order was paid before';
        }
        if (!$order->isOurs) {
            return 'the order has another payment method by now';
        }
        if (!$this->plugin->orders->isWaiting($order)) {
            return 'the order waits for no payment any more';
        }
        if (!$this->isCurrent($row)) {
            return 'it belongs to an earlier attempt to pay the order';
        }
        return null;
    }

    /**
     * Why a person has to decide before the goods go out.
     *
     * @param Event|Payment $paid
     */
    private function doubt(PaymentRow $row, Order $order, $paid): ?string
    {
        $received = $paid->receivedAmount;
        if ($received !== null && $this->isShort($received, (string) $row->amount)) {
            return "$received USDT were accepted, and $row->amount were due";
        }
        if (!$order->stillCosts($row)) {
            return "$row->priceAmount $row->priceCurrency were paid for, and the order costs $order->total $order->currency by now";
        }
        $isLate = $paid->late || $this->plugin->orders->hasEnded($order);
        if ($isLate && $this->plugin->settings->text('late_policy') === 'hold') {
            return 'it came after its time';
        }
        if ($isLate && !$this->plugin->orders->hasStock($order)) {
            return 'it came after its time, and the goods are sold';
        }
        if ($row->isBooking && !$this->plugin->orders->keepsGoods($order)) {
            // A platform may take goods before it says so in the order.
            return 'a request broke off while it completed the order, and may have taken its goods from the stock';
        }
        return null;
    }

    private function isShort(string $received, string $due): bool
    {
        return Decimal::compare(Amounts::add($received, $this->plugin->settings->tolerance()), $due) < 0;
    }

    private function isCurrent(PaymentRow $row): bool
    {
        $current = $this->plugin->payments->current($row->orderId);
        return $current !== null && $current->reference === $row->reference;
    }

    /** @param Event|Payment $paid */
    private function complete(PaymentRow $row, Order $order, $paid): void
    {
        $this->plugin->payments->beginBooking($row);
        $after = $paid->late ? ', after its time' : '';
        $note = "USDT payment $row->paymentId is paid$after. Transaction: $paid->txid";
        $this->plugin->orders->complete($order, $row, (string) $paid->txid, $note);
        $this->close($row, $paid, Payments::BOOKED, null);
        $this->plugin->orders->keepTransaction($order, (string) $paid->txid);
        $this->plugin->info("payment $row->paymentId of order $order->id is booked");
    }

    /** @param Event|Payment $paid */
    private function alarm(PaymentRow $row, ?Order $order, $paid, string $reason, bool $holds): void
    {
        $note = "USDT payment $paid->paymentId has brought money, but $reason. Please decide. Transaction: $paid->txid";
        if ($order !== null && $holds) {
            $this->plugin->orders->hold($order, $note);
        } elseif ($order !== null) {
            $this->plugin->orders->note($order, $note);
        }
        $this->close($row, $paid, Payments::ATTENTION, $reason);
        $this->plugin->warn("payment $paid->paymentId needs attention: $reason");
        $this->tell($note, $row->orderId);
    }

    public function tell(string $note, int $orderId): void
    {
        $of = $orderId > 0 ? " of order $orderId" : '';
        try {
            $this->plugin->platform->mail("A USDT payment$of needs your attention", $note);
        } catch (\Throwable $error) {
            // It stands in the order and in the settings, too.
            $this->plugin->warn("no mail to the shop's owner: {$error->getMessage()}");
        }
    }

    /** @param Event|Payment $paid */
    private function close(PaymentRow $row, $paid, string $state, ?string $reason): void
    {
        $this->plugin->payments->change($row, [
            'state' => $state,
            'reason' => $reason === null ? null : substr($reason, 0, 500),
            'txid' => $paid->txid,
            'received_amount' => $paid->receivedAmount,
        ]);
    }
}
