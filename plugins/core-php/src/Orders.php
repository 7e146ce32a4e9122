<?php

declare(strict_types=1);

namespace UsdtShop;

/** What the plugin asks of the platform's orders. Nothing of it may come out of a cache. */
interface Orders
{
    public function find(int $id): ?Order;

    /** Whether money may still pay it: it awaits its payment, its time is over, or it waits for a person. */
    public function isWaiting(Order $order): bool;

    /** Whether it awaits its payment, and nothing else has happened to it. */
    public function isAwaiting(Order $order): bool;

    /** Whether its time to be paid is over. */
    public function hasEnded(Order $order): bool;

    /** Whether it was paid at any time, also where a person has set it back since. */
    public function wasPaid(Order $order): bool;

    /** Whether it says that this very transaction has paid it. */
    public function isPaidBy(Order $order, string $paymentId, string $txid): bool;

    /** Whether all its goods are still there, or are kept for it. */
    public function hasStock(Order $order): bool;

    /** Whether its goods are taken from the stock. */
    public function keepsGoods(Order $order): bool;

    /** Lets it await its payment. */
    public function await(Order $order, string $note): void;

    /** Completes it as paid, and tells its customer. */
    public function complete(Order $order, PaymentRow $row, string $txid, string $note): void;

    /** Ends it, since its time is over. */
    public function end(Order $order, string $note): void;

    /** Lets it wait for a person, without taking goods that others have got. */
    public function hold(Order $order, string $note): void;

    /** Writes a note beside it, for the merchant. */
    public function note(Order $order, string $note): void;

    /** Keeps the transaction of an order that is complete, where the platform has a place for it. */
    public function keepTransaction(Order $order, string $txid): void;
}
