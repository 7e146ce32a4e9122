<?php

declare(strict_types=1);

namespace UsdtCheckout\Whmcs;

use UsdtCheckout\Whmcs\UsdtShop\Order;
use UsdtCheckout\Whmcs\UsdtShop\PaymentRow;
use UsdtCheckout\Whmcs\UsdtShop\Visitor;
use WHMCS\Authentication\CurrentUser;

/** Whoever is in the client area. */
final class Client implements Visitor
{
    public function owns(PaymentRow $row, Order $order): bool
    {
        $client = (new CurrentUser())->client();
        return $client !== null && (int) $client->id === $order->customerId;
    }

    public function takeAlong(PaymentRow $row): void
    {
        // The invoice is the client's own already.
    }

    public function finish(PaymentRow $row): void
    {
        // WHMCS shows the invoice to its client.
    }
}
