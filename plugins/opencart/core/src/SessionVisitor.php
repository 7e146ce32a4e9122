<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

use UsdtCheckout\OpenCart\UsdtShop\Order;
use UsdtCheckout\OpenCart\UsdtShop\PaymentRow;
use UsdtCheckout\OpenCart\UsdtShop\Visitor;

/** Whoever is at the shop, by OpenCart's session. */
final class SessionVisitor implements Visitor
{
    private const KEY = 'usdt_checkout';
    private const MOST = 20;

    /** @var array<string, mixed> */
    private $session;
    /** @var int */
    private $customerId;

    /** @param array<string, mixed> $session */
    public function __construct(array &$session, int $customerId)
    {
        $this->session = &$session;
        $this->customerId = $customerId;
    }

    /** The order that the checkout has made, and that was not confirmed yet. */
    public function orderInCheckout(): int
    {
        return (int) ($this->session['order_id'] ?? 0);
    }

    /** The order is out of the checkout, which makes another one from now on. */
    public function takeAlong(PaymentRow $row): void
    {
        $tokens = array_diff($this->tokens(), [$row->token]);
        $this->session[self::KEY] = array_slice([...$tokens, $row->token], -self::MOST);
        unset($this->session['order_id']);
    }

    /** Names the order to the page that thanks for it, which then empties the cart: once, since the next cart is another. */
    public function finish(PaymentRow $row): void
    {
        if (in_array($row->token, $this->tokens(), true)) {
            $this->session[self::KEY] = array_values(array_diff($this->tokens(), [$row->token]));
            $this->session['order_id'] = $row->orderId;
        }
    }

    public function lastToken(): ?string
    {
        $tokens = $this->tokens();
        return end($tokens) ?: null;
    }

    public function owns(PaymentRow $row, Order $order): bool
    {
        $isCustomer = $this->customerId > 0 && $order->customerId === $this->customerId;
        return $isCustomer || in_array($row->token, $this->tokens(), true);
    }

    /** @return string[] */
    private function tokens(): array
    {
        return array_values(array_filter((array) ($this->session[self::KEY] ?? []), 'is_string'));
    }
}
