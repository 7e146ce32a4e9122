<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

use UsdtCheckout\OpenCart\UsdtShop\Amounts;
use UsdtCheckout\OpenCart\UsdtShop\Database;
use UsdtCheckout\OpenCart\UsdtShop\Order;
use UsdtCheckout\OpenCart\UsdtShop\Orders;
use UsdtCheckout\OpenCart\UsdtShop\PaymentRow;

/** OpenCart's orders. */
final class OpenCartOrders implements Orders
{
    /** What the gateway takes. */
    private const MOST_DECIMALS = 6;

    /** @var Database */
    private $database;
    /** @var OpenCart */
    private $platform;
    /** @var OpenCartSettings */
    private $settings;

    public function __construct(Database $database, OpenCart $platform, OpenCartSettings $settings)
    {
        $this->database = $database;
        $this->platform = $platform;
        $this->settings = $settings;
    }

    public function find(int $id): ?Order
    {
        $row = $this->database->row('SELECT * FROM {order} WHERE order_id = ?', [$id]);
        if ($row === null) {
            return null;
        }
        [$currency] = $this->platform->currencies();
        return new Order(
            $id,
            (int) $row['order_status_id'],
            (int) $row['customer_id'],
            Amounts::round((string) $row['total'], $this->decimals($currency)),
            $currency,
            $this->platform->paymentCode($row) === OpenCartSettings::METHOD
        );
    }

    public function isWaiting(Order $order): bool
    {
        return in_array($order->state, $this->settings->waitingStates(), true);
    }

    public function isAwaiting(Order $order): bool
    {
        return $order->state === $this->settings->number('pending_status_id');
    }

    public function hasEnded(Order $order): bool
    {
        return $order->state === $this->settings->number('expired_status_id');
    }

    public function wasPaid(Order $order): bool
    {
        $states = [$this->settings->number('paid_status_id'), ...$this->platform->completeStates()];
        $states = array_diff($states, $this->settings->waitingStates());
        $marks = implode(', ', array_fill(0, count($states), '?'));
        $sql = "SELECT order_id FROM {order_history} WHERE order_id = ? AND order_status_id IN ($marks) LIMIT 1";
        return $states !== [] && $this->database->row($sql, [$order->id, ...array_values($states)]) !== null;
    }

    public function isPaidBy(Order $order, string $paymentId, string $txid): bool
    {
        $sql = 'SELECT order_id FROM {order_history} WHERE order_id = ? AND order_status_id = ? AND comment LIKE ? AND comment LIKE ?';
        $values = [$order->id, $this->settings->number('paid_status_id'), "%$paymentId%", "%$txid%"];
        return $this->database->row($sql, $values) !== null;
    }

    public function keepsGoods(Order $order): bool
    {
        return $this->takesStock($order->state);
    }

    public function hasStock(Order $order): bool
    {
        if ($this->keepsGoods($order) || $this->platform->sellsWithoutStock()) {
            return true;
        }
        $products = 'SELECT bought.product_id FROM {order_product} bought JOIN {product} p ON p.product_id = bought.product_id
            WHERE bought.order_id = ? AND p.subtract = 1
            GROUP BY bought.product_id, p.quantity HAVING SUM(bought.quantity) > p.quantity';
        $options = 'SELECT v.product_option_value_id FROM {order_option} o
            JOIN {order_product} bought ON bought.order_product_id = o.order_product_id
            JOIN {product_option_value} v ON v.product_option_value_id = o.product_option_value_id
            WHERE o.order_id = ? AND v.subtract = 1
            GROUP BY v.product_option_value_id, v.quantity HAVING SUM(bought.quantity) > v.quantity';
        return $this->database->row($products, [$order->id]) === null
            && $this->database->row($options, [$order->id]) === null;
    }

    public function await(Order $order, string $note): void
    {
        $this->move($order, $this->settings->number('pending_status_id'), $note);
    }

    public function complete(Order $order, PaymentRow $row, string $txid, string $note): void
    {
        $this->move($order, $this->settings->number('paid_status_id'), $note, true);
    }

    public function end(Order $order, string $note): void
    {
        $this->move($order, $this->settings->number('expired_status_id'), $note);
    }

    public function note(Order $order, string $note): void
    {
        // OpenCart's own way would confirm an order that was not confirmed yet, and mail it to the customer.
        $this->database->run(
            'INSERT INTO {order_history} (order_id, order_status_id, notify, comment, date_added) VALUES (?, ?, 0, ?, ?)',
            [$order->id, $order->state, $note, date('Y-m-d H:i:s')]
        );
    }

    public function hold(Order $order, string $note): void
    {
        $held = $this->settings->number('held_status_id');
        if ($order->state === $held || ($this->takesStock($held) && !$this->hasStock($order))) {
            $this->note($order, $note);
        } else {
            $this->move($order, $held, $note);
        }
    }

    public function keepTransaction(Order $order, string $txid): void
    {
        $this->platform->keepTransaction($order->id, $txid);
    }

    /** Puts it into a state, with a note. A note for the customer goes out by mail. */
    private function move(Order $order, int $statusId, string $note, bool $tellsCustomer = false): void
    {
        $this->platform->addHistory($order->id, $statusId, $note, $tellsCustomer);
    }

    private function takesStock(int $statusId): bool
    {
        return in_array($statusId, $this->platform->takingStates(), true);
    }

    private function decimals(string $currency): int
    {
        $row = $this->database->row('SELECT decimal_place FROM {currency} WHERE code = ?', [$currency]);
        return max(0, min(self::MOST_DECIMALS, (int) ($row['decimal_place'] ?? 2)));
    }
}
