<?php

declare(strict_types=1);

namespace UsdtShop;

/** Whoever is at the shop, by the platform's session. */
interface Visitor
{
    /** Whether the attempt is the visitor's own. */
    public function owns(PaymentRow $row, Order $order): bool;

    /** The visitor goes to pay. */
    public function takeAlong(PaymentRow $row): void;

    /** The visitor goes on to the page that thanks for the order. */
    public function finish(PaymentRow $row): void;
}
