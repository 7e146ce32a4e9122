<?php

declare(strict_types=1);

namespace UsdtCheckout\PrestaShop;

use UsdtCheckout\PrestaShop\UsdtShop\Order;
use UsdtCheckout\PrestaShop\UsdtShop\PaymentRow;
use UsdtCheckout\PrestaShop\UsdtShop\Visitor;

/** Whoever is at the shop, as PrestaShop knows customers and guests. */
final class CustomerVisitor implements Visitor
{
    /** @var \Context */
    private $context;

    public function __construct(\Context $context)
    {
        $this->context = $context;
    }

    public function owns(PaymentRow $row, Order $order): bool
    {
        return $this->is($order->customerId);
    }

    public function is(int $customerId): bool
    {
        return $customerId > 0 && $customerId === (int) $this->context->customer->id;
    }

    public function takeAlong(PaymentRow $row): void
    {
        // The order is the customer's own already.
    }

    public function finish(PaymentRow $row): void
    {
        // PrestaShop's page shows the order by its own key, and the cart is an order already.
    }
}
