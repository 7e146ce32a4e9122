<?php

declare(strict_types=1);

namespace UsdtCheckout\Whmcs;

use UsdtCheckout\Whmcs\UsdtShop\Amounts;
use UsdtCheckout\Whmcs\UsdtShop\Order;
use UsdtCheckout\Whmcs\UsdtShop\Orders;
use UsdtCheckout\Whmcs\UsdtShop\PaymentRow;
use WHMCS\Database\Capsule;

/** WHMCS's invoices. They wait until they are paid or cancelled: the end of a payment's time ends none. */
final class Invoices implements Orders
{
    private const WAITING = ['Unpaid', 'Payment Pending', 'Collections'];
    private const PAID = ['Paid', 'Refunded'];
    private const DECIMALS = 2;

    public function find(int $id): ?Order
    {
        $invoice = Capsule::table('tblinvoices')->where('id', $id)->first();
        $client = $invoice === null ? null : Capsule::table('tblclients')->where('id', $invoice->userid)->first();
        if ($invoice === null || $client === null) {
            return null;
        }
        // What was paid of it already, and was given back.
        [$in, $out] = ['0', '0'];
        foreach (Capsule::table('tblaccounts')->where('invoiceid', $id)->get() as $entry) {
            $in = Amounts::add($in, (string) $entry->amountin);
            $out = Amounts::add($out, (string) $entry->amountout);
        }
        return new Order(
            $id,
            (string) $invoice->status,
            (int) $invoice->userid,
            Amounts::round(Amounts::subtract(Amounts::add((string) $invoice->total, $out), $in), self::DECIMALS),
            (string) Capsule::table('tblcurrencies')->where('id', $client->currency)->value('code'),
            $invoice->paymentmethod === Whmcs::MODULE
        );
    }

    public function isWaiting(Order $order): bool
    {
        return in_array($order->state, self::WAITING, true);
    }

    public function isAwaiting(Order $order): bool
    {
        return $this->isWaiting($order);
    }

    public function hasEnded(Order $order): bool
    {
        return false;
    }

    public function wasPaid(Order $order): bool
    {
        return in_array($order->state, self::PAID, true);
    }

    public function isPaidBy(Order $order, string $paymentId, string $txid): bool
    {
        // WHMCS writes the transaction down before it says so in the invoice.
        return $this->wasPaid($order)
            && Capsule::table('tblaccounts')->where('invoiceid', $order->id)->where('transid', $txid)->first() !== null;
    }

    public function hasStock(Order $order): bool
    {
        return true;
    }

    public function keepsGoods(Order $order): bool
    {
        return true;
    }

    public function await(Order $order, string $note): void
    {
        // It does so by itself.
    }

    public function complete(Order $order, PaymentRow $row, string $txid, string $note): void
    {
        // It ends the request where the invoice is not there, which it is. `checkCbTransID` would do so at a repeated
        // webhook, which must be answered: the payment's own row stands in for it.
        $id = checkCbInvoiceID($order->id, Whmcs::MODULE);
        $this->logTransaction($order, $note, 'Successful');
        addInvoicePayment($id, $txid, $row->priceAmount, '0.00', Whmcs::MODULE);
    }

    public function end(Order $order, string $note): void
    {
        $this->logTransaction($order, $note, 'Expired');
    }

    public function hold(Order $order, string $note): void
    {
        $this->note($order, $note);
    }

    public function note(Order $order, string $note): void
    {
        $this->logTransaction($order, $note, 'Needs attention');
    }

    public function keepTransaction(Order $order, string $txid): void
    {
        // It stands in the payment of the invoice.
    }

    private function logTransaction(Order $order, string $note, string $result): void
    {
        logTransaction(Whmcs::MODULE, ['invoice' => $order->id, 'note' => $note], $result);
    }
}
