<?php

declare(strict_types=1);

namespace UsdtCheckout\PrestaShop;

use UsdtCheckout\PrestaShop\UsdtShop\Amounts;
use UsdtCheckout\PrestaShop\UsdtShop\Database;
use UsdtCheckout\PrestaShop\UsdtShop\Order;
use UsdtCheckout\PrestaShop\UsdtShop\Orders;
use UsdtCheckout\PrestaShop\UsdtShop\PaymentRow;

/** PrestaShop's orders. They are made before the payer leaves, and keep their goods from then on. */
final class PrestaShopOrders implements Orders
{
    /** What the gateway takes. */
    private const MOST_DECIMALS = 6;

    /** @var Database */
    private $database;
    /** @var string */
    private $module;

    public function __construct(Database $database, string $module)
    {
        $this->database = $database;
        $this->module = $module;
    }

    public function find(int $id): ?Order
    {
        $row = $this->database->row(
            'SELECT o.*, c.iso_code, c.`precision` FROM {orders} o JOIN {currency} c ON c.id_currency = o.id_currency WHERE o.id_order = ?',
            [$id]
        );
        if ($row === null) {
            return null;
        }
        $decimals = max(0, min(self::MOST_DECIMALS, (int) $row['precision']));
        return new Order(
            $id,
            (int) $row['current_state'],
            (int) $row['id_customer'],
            Amounts::round((string) $row['total_paid'], $decimals),
            (string) $row['iso_code'],
            $row['module'] === $this->module
        );
    }

    /** The order of a cart, if it has one by now; otherwise 0. */
    public function ofCart(int $cartId): int
    {
        $row = $this->database->row('SELECT id_order FROM {orders} WHERE id_cart = ? ORDER BY id_order LIMIT 1', [$cartId]);
        return (int) ($row['id_order'] ?? 0);
    }

    public function isWaiting(Order $order): bool
    {
        return in_array($order->state, [States::awaiting(), States::review(), States::canceled()], true);
    }

    public function isAwaiting(Order $order): bool
    {
        return $order->state === States::awaiting();
    }

    public function hasEnded(Order $order): bool
    {
        return $order->state === States::canceled();
    }

    public function wasPaid(Order $order): bool
    {
        $sql = 'SELECT h.id_order FROM {order_history} h JOIN {order_state} s ON s.id_order_state = h.id_order_state
            WHERE h.id_order = ? AND s.paid = 1 LIMIT 1';
        return $this->isPaid($order->state) || $this->database->row($sql, [$order->id]) !== null;
    }

    public function isPaidBy(Order $order, string $paymentId, string $txid): bool
    {
        $sql = 'SELECT m.id_customer_message FROM {customer_message} m
            JOIN {customer_thread} t ON t.id_customer_thread = m.id_customer_thread
            WHERE t.id_order = ? AND m.message LIKE ? AND m.message LIKE ?';
        return $this->isPaid($order->state)
            && $this->database->row($sql, [$order->id, "%$paymentId%", "%$txid%"]) !== null;
    }

    public function keepsGoods(Order $order): bool
    {
        return !in_array($order->state, [States::canceled(), States::error()], true);
    }

    public function hasStock(Order $order): bool
    {
        if ($this->keepsGoods($order)) {
            return true;
        }
        $sql = 'SELECT product_id, product_attribute_id, id_shop, SUM(product_quantity) AS bought FROM {order_detail}
            WHERE id_order = ? GROUP BY product_id, product_attribute_id, id_shop';
        foreach ($this->database->rows($sql, [$order->id]) as $row) {
            [$product, $attribute, $shop] = [(int) $row['product_id'], (int) $row['product_attribute_id'], (int) $row['id_shop']];
            $isThere = \StockAvailable::getQuantityAvailableByProduct($product, $attribute, $shop) >= (int) $row['bought'];
            if (!$isThere && !\Product::isAvailableWhenOutOfStock(\StockAvailable::outOfStock($product, $shop))) {
                return false;
            }
        }
        return true;
    }

    public function await(Order $order, string $note): void
    {
        if (!$this->keepsGoods($order)) {
            // PrestaShop would not take its goods again, now or later.
            throw new \RuntimeException("order $order->id has ended: its cart makes another one");
        }
        $this->move($order, States::awaiting(), $note);
    }

    public function complete(Order $order, PaymentRow $row, string $txid, string $note): void
    {
        $this->move($order, States::paid(), $note);
    }

    public function end(Order $order, string $note): void
    {
        $this->move($order, States::canceled(), $note);
    }

    public function hold(Order $order, string $note): void
    {
        if ($this->isAwaiting($order)) {
            $this->move($order, States::review(), $note);
        } else {
            // An order that has ended keeps no goods, and PrestaShop would take none for it here.
            $this->note($order, $note);
        }
    }

    /** A private message of the order, once. */
    public function note(Order $order, string $note): void
    {
        $stored = new \Order($order->id);
        $email = (new \Customer((int) $stored->id_customer))->email;
        $threadId = (int) \CustomerThread::getIdCustomerThreadByEmailAndIdOrder($email, $order->id);
        if ($threadId === 0) {
            $thread = new \CustomerThread();
            $thread->id_contact = 0;
            $thread->id_customer = (int) $stored->id_customer;
            $thread->id_shop = (int) $stored->id_shop;
            $thread->id_order = $order->id;
            $thread->id_lang = (int) $stored->id_lang;
            $thread->email = $email;
            $thread->status = 'closed';
            $thread->token = \Tools::passwdGen(12);
            $thread->add();
            $threadId = (int) $thread->id;
        }
        $sql = 'SELECT id_customer_message FROM {customer_message} WHERE id_customer_thread = ? AND message = ?';
        if ($this->database->row($sql, [$threadId, $note]) !== null) {
            return;
        }
        $message = new \CustomerMessage();
        $message->id_customer_thread = $threadId;
        $message->id_employee = 0;
        $message->message = $note;
        $message->private = true;
        $message->add();
    }

    public function keepTransaction(Order $order, string $txid): void
    {
        $stored = new \Order($order->id);
        $payments = \OrderPayment::getByOrderReference($stored->reference);
        if ($payments === []) {
            // A shop without invoices writes down no payment by itself.
            $stored->addOrderPayment($stored->total_paid, null, $txid);
            return;
        }
        $payment = end($payments);
        $payment->transaction_id = $txid;
        $payment->update();
    }

    /** The note stands before the state does: after a break it says whose the state is. */
    private function move(Order $order, int $state, string $note): void
    {
        $this->note($order, $note);
        $stored = new \Order($order->id);
        // A webhook has neither the shop nor the customer of the order by itself.
        \Shop::setContext(\Shop::CONTEXT_SHOP, (int) $stored->id_shop);
        $context = \Context::getContext();
        $context->shop = new \Shop((int) $stored->id_shop);
        $context->currency = new \Currency((int) $stored->id_currency);
        $history = new \OrderHistory();
        $history->id_order = $order->id;
        $history->id_employee = 0;
        $history->changeIdOrderState($state, $stored, !$stored->hasInvoice());
        $history->addWithemail(true);
    }

    private function isPaid(int $state): bool
    {
        return $this->database->row('SELECT id_order_state FROM {order_state} WHERE id_order_state = ? AND paid = 1', [$state]) !== null;
    }
}
