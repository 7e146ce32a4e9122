<?php

declare(strict_types=1);

namespace UsdtCheckout\PrestaShop;

use UsdtCheckout\PrestaShop\UsdtShop\Answer;
use UsdtCheckout\PrestaShop\UsdtShop\Busy;
use UsdtCheckout\PrestaShop\UsdtShop\Plugin;
use UsdtCheckout\PrestaShop\UsdtShop\State;
use UsdtCheckout\PrestaShop\UsdtShop\Texts;

/** The parts of the plugin in PrestaShop, and its checkout. */
final class PrestaShopPlugin extends Plugin
{
    /** Seconds that making an order of a cart may take. */
    private const ORDER_SECONDS = 60;

    /** @var \PaymentModule */
    private $module;

    public static function of(\PaymentModule $module): self
    {
        $database = new PrestaShopDatabase();
        $state = new State($database);
        $plugin = new self(
            new PrestaShop($module),
            $database,
            $state,
            new PrestaShopSettings($state, $module),
            new PrestaShopOrders($database, $module->name)
        );
        $plugin->module = $module;
        return $plugin;
    }

    /** Whether a cart can be paid by this method. */
    public function isOffered(\Cart $cart): bool
    {
        $currency = (string) (new \Currency((int) $cart->id_currency))->iso_code;
        return in_array($currency, $this->platform->currencies(), true)
            && $this->paying->isPossible($currency)
            // Only to see whether there is something to pay.
            && $cart->getOrderTotal(true, \Cart::BOTH) > 0
            && $this->makesOneOrder($cart);
    }

    /** The payer has chosen the method: the order is made now, and waits. */
    public function confirm(int $cartId, \Context $context, CustomerVisitor $visitor, Texts $texts): Answer
    {
        $orderId = 0;
        try {
            $orderId = $this->orderOf($cartId, $context, $visitor);
            if ($orderId === 0) {
                return Answer::redirect($this->checkoutUrl($context));
            }
            $order = $this->orders->find($orderId);
            if ($order !== null && $this->orders->hasEnded($order)) {
                $this->restoreCart($orderId, $context);
                return Answer::redirect($this->checkoutUrl($context));
            }
            $row = $this->paying->start($orderId);
        } catch (Busy $busy) {
            return Answer::text(503, $texts->get('claim_no_answer'));
        } catch (\Exception $error) {
            $hint = method_exists($error, 'getHint') ? (string) $error->getHint() : '';
            $this->warn("order $orderId gets no payment: {$error->getMessage()} $hint");
            return $this->giveUp($orderId, $context, $texts);
        }
        $visitor->takeAlong($row);
        return Answer::redirect((string) $row->paymentUrl);
    }

    /** An order whose time was over is not paid again: PrestaShop would not take its goods again. Its cart comes back. */
    public function tryAgain(array $query, \Context $context, CustomerVisitor $visitor, Texts $texts): Answer
    {
        $token = is_string($query['token'] ?? null) ? $query['token'] : '';
        $row = $this->payments->findByToken($token);
        $order = $row === null ? null : $this->orders->find($row->orderId);
        if ($row !== null && $order !== null && $visitor->owns($row, $order) && $this->orders->hasEnded($order)) {
            $this->restoreCart($row->orderId, $context);
            return Answer::redirect($this->checkoutUrl($context));
        }
        return $this->again($query, $visitor, $texts);
    }

    /** The order of the payer's cart, made once however many requests want it; 0 where there is none. */
    private function orderOf(int $cartId, \Context $context, CustomerVisitor $visitor): int
    {
        $cart = new \Cart($cartId);
        if (!\Validate::isLoadedObject($cart) || !$visitor->is((int) $cart->id_customer)) {
            return 0;
        }
        $name = "cart-$cart->id";
        $end = time() + self::ORDER_SECONDS;
        while (!$this->state->claim($name, self::ORDER_SECONDS)) {
            if (time() > $end) {
                throw new \RuntimeException("another request makes an order of cart $cart->id");
            }
            usleep(100000);
        }
        try {
            $orderId = $this->orders->ofCart((int) $cart->id);
            if ($orderId !== 0) {
                return $orderId;
            }
            if (!$this->isOffered($cart)) {
                return 0;
            }
            $this->module->validateOrder(
                (int) $cart->id,
                States::awaiting(),
                $cart->getOrderTotal(true, \Cart::BOTH),
                $this->settings->text('title'),
                null,
                [],
                (int) $cart->id_currency,
                false,
                $context->customer->secure_key
            );
            return (int) $this->module->currentOrder;
        } finally {
            $this->state->release($name);
        }
    }

    /** The gateway gave no payment: nobody can pay the order, so it ends, and the payer gets the cart back. */
    private function giveUp(int $orderId, \Context $context, Texts $texts): Answer
    {
        if ($this->payments->current($orderId) !== null) {
            $this->payments->withLock($orderId, 0.0, function () use ($orderId, $context): void {
                $order = $this->orders->find($orderId);
                $row = $this->payments->current($orderId);
                if ($order !== null && $row !== null && $row->paymentUrl === null && $this->orders->isAwaiting($order)) {
                    $this->orders->end($order, 'The gateway gave no USDT payment for it.');
                    $this->restoreCart($orderId, $context);
                }
            });
        }
        $url = htmlspecialchars($this->checkoutUrl($context), ENT_QUOTES, 'UTF-8');
        return Answer::html(503, "<!doctype html>\n<html lang=\"$texts->language\"><body><p>"
            . htmlspecialchars($texts->get('claim_no_answer'), ENT_QUOTES, 'UTF-8')
            . "</p><p><a href=\"$url\">" . htmlspecialchars($texts->get('try_again'), ENT_QUOTES, 'UTF-8') . "</a></p></body></html>\n");
    }

    /** The goods of an order in a new cart, which the payer can change and pay in any way. */
    private function restoreCart(int $orderId, \Context $context): void
    {
        $copy = (new \Cart((int) (new \Order($orderId))->id_cart))->duplicate();
        if ($copy && $copy['success']) {
            $context->cookie->id_cart = (int) $copy['cart']->id;
            $context->cookie->write();
        }
    }

    private function checkoutUrl(\Context $context): string
    {
        return (string) $context->link->getPageLink('order', true);
    }

    /** PrestaShop makes an order for each package, and a payment is for one order. */
    private function makesOneOrder(\Cart $cart): bool
    {
        return array_sum(array_map('count', $cart->getPackageList())) === 1;
    }
}
