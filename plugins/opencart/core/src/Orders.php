<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

use UsdtCheckout\OpenCart\UsdtClient\Decimal;

/** What the plugin asks of OpenCart's orders. */
final class Orders
{
    /** What the gateway takes. */
    private const MOST_DECIMALS = 6;

    /** @var Database */
    private $database;
    /** @var Platform */
    private $platform;
    /** @var Settings */
    private $settings;

    public function __construct(Database $database, Platform $platform, Settings $settings)
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
        $currency = $this->platform->currency();
        return new Order(
            $id,
            (int) $row['order_status_id'],
            (int) $row['customer_id'],
            Amounts::round((string) $row['total'], $this->decimals($currency)),
            $currency,
            $this->platform->paymentCode($row) === Settings::METHOD
        );
    }

    /** Whether the order still costs what the payment was made for. */
    public static function stillCosts(Order $order, PaymentRow $row): bool
    {
        return $order->currency === $row->priceCurrency && Decimal::compare($order->total, $row->priceAmount) === 0;
    }

    public function isWaiting(Order $order): bool
    {
        return in_array($order->statusId, $this->settings->waitingStates(), true);
    }

    /** Whether it was paid at any time, also where a person has set it back since. */
    public function wasPaid(Order $order): bool
    {
        $states = [$this->settings->number('paid_status_id'), ...$this->platform->completeStates()];
        $states = array_diff($states, $this->settings->waitingStates());
        $marks = implode(', ', array_fill(0, count($states), '?'));
        $sql = "SELECT order_id FROM {order_history} WHERE order_id = ? AND order_status_id IN ($marks) LIMIT 1";
        return $states !== [] && $this->database->row($sql, [$order->id, ...array_values($states)]) !== null;
    }

    /** Whether its history tells of a transaction, in the state of a paid order. */
    public function isPaidBy(Order $order, string $paymentId, string $txid): bool
    {
        $sql = 'SELECT order_id FROM {order_history} WHERE order_id = ? AND order_status_id = ? AND comment LIKE ? AND comment LIKE ?';
        $values = [$order->id, $this->settings->number('paid_status_id'), "%$paymentId%", "%$txid%"];
        return $this->database->row($sql, $values) !== null;
    }

    public function takesStock(int $statusId): bool
    {
        return in_array($statusId, $this->platform->takingStates(), true);
    }

    /** Whether all its goods are still there, or are kept for it. */
    public function hasStock(Order $order): bool
    {
        if ($this->takesStock($order->statusId) || $this->platform->sellsWithoutStock()) {
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

    /** Puts it into a state, with a note. A note for the customer goes out by mail. */
    public function move(Order $order, int $statusId, string $note, bool $tellsCustomer = false): void
    {
        $this->platform->addHistory($order->id, $statusId, $note, $tellsCustomer);
    }

    /** Writes a note beside it, for the merchant. */
    public function note(Order $order, string $note): void
    {
        // OpenCart's own way would confirm an order that was not confirmed yet, and mail it to the customer.
        $this->database->run(
            'INSERT INTO {order_history} (order_id, order_status_id, notify, comment, date_added) VALUES (?, ?, 0, ?, ?)',
            [$order->id, $order->statusId, $note, date('Y-m-d H:i:s')]
        );
    }

    /** Lets it wait for a person, without taking goods that others have got. */
    public function hold(Order $order, string $note): void
    {
        $held = $this->settings->number('held_status_id');
        if ($order->statusId === $held || ($this->takesStock($held) && !$this->hasStock($order))) {
            $this->note($order, $note);
        } else {
            $this->move($order, $held, $note);
        }
    }

    public function keepTransaction(Order $order, string $txid): void
    {
        $this->platform->keepTransaction($order->id, $txid);
    }

    private function decimals(string $currency): int
    {
        $row = $this->database->row('SELECT decimal_place FROM {currency} WHERE code = ?', [$currency]);
        return max(0, min(self::MOST_DECIMALS, (int) ($row['decimal_place'] ?? 2)));
    }
}
