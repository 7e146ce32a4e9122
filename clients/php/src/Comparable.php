<?php

declare(strict_types=1);

namespace UsdtClient;

/** Compares a payment, or an event about one, with what the shop has stored. */
trait Comparable
{
    /**
     * Whether it is the payment that you have stored: `order_id`, `amount` (of the create, not the order's present
     * total) and `payment_id`.
     *
     * @param array{order_id: string, amount: string, payment_id: string|int} $stored
     */
    public function matches(array $stored): bool
    {
        return $this->differences($stored) === [];
    }

    /**
     * The names of all in which it differs from what you have stored: `payment_id`, `order_id`, `amount`, `currency`,
     * `network`, or `received_amount` where less than the amount was accepted.
     *
     * @param array{order_id: string, amount: string, payment_id: string|int} $stored
     * @return string[]
     */
    public function differences(array $stored): array
    {
        Arguments::known($stored, ['order_id', 'amount', 'payment_id']);
        $amount = Decimal::require($stored['amount'] ?? null, 'amount');
        $paymentId = PaymentId::require($stored['payment_id'] ?? null);
        $orderId = Arguments::text($stored['order_id'] ?? null, 'order_id');
        $isLess = $this->receivedAmount !== null && Decimal::compare($this->receivedAmount, $amount) < 0;
        return array_keys(array_filter([
            'payment_id' => $this->paymentId !== $paymentId,
            'order_id' => $this->orderId !== $orderId,
            'amount' => $this->amount === null || Decimal::compare($this->amount, $amount) !== 0,
            'currency' => $this->currency !== 'USDT',
            'network' => $this->network !== 'TRC20',
            'received_amount' => $isLess,
        ]));
    }
}
