<?php

// The checkout, as calls.

namespace Double;

use Opencart\System\Engine\Model;
use Opencart\System\Engine\Registry;

/** The cart, which is in the session. */
final class Cart
{
    private $registry;

    public function __construct(Registry $registry)
    {
        $this->registry = $registry;
    }

    /** @return array<int, int> Quantities by product. */
    public function products(): array
    {
        return $this->registry->get('session')->data['cart'] ?? [];
    }

    public function product(int $id): array
    {
        return $this->registry->get('db')->query("SELECT * FROM oc_product WHERE product_id = $id")->row;
    }

    public function hasStock(): bool
    {
        foreach ($this->products() as $id => $quantity) {
            if ((int) $this->product($id)['quantity'] < $quantity) {
                return false;
            }
        }
        return $this->products() !== [];
    }

    public function hasSubscription(): bool
    {
        return false;
    }

    public function getTaxes(): array
    {
        return [];
    }

    public function total(): float
    {
        $total = 0.0;
        foreach ($this->products() as $id => $quantity) {
            $total += $quantity * (float) $this->product($id)['price'];
        }
        return $total;
    }
}

final class Customer
{
    public function getId(): ?int
    {
        return null;
    }
}

final class CheckoutCart extends Model
{
    /** @var callable OpenCart calls it with references. */
    public $getTotals;

    public function __construct(Registry $registry)
    {
        parent::__construct($registry);
        $this->getTotals = function (array &$totals, array &$taxes, &$total) use ($registry): void {
            $total = $registry->get('cart')->total();
        };
    }
}

/** @return array<string, callable> */
function shop(): array
{
    return [
        'before' => static function (Registry $registry): bool {
            $registry->set('cart', new Cart($registry));
            $registry->set('customer', new Customer());
            return true;
        },
        'common/home' => static function (): void {
        },
        'checkout/cart.add' => static function (Registry $registry): void {
            $data = &$registry->get('session')->data;
            $id = (int) $registry->get('request')->post['product_id'];
            $data['cart'][$id] = ($data['cart'][$id] ?? 0) + 1;
            unset($data['order_id']);
            $registry->get('response')->json(['success' => 'added']);
        },
        'checkout/register.save' => static function (Registry $registry): void {
            $post = $registry->get('request')->post;
            $isThere = $registry->get('cart')->hasStock();
            $registry->get('session')->data['customer'] = ['email' => $post['email'], 'country_id' => $post['country_id']];
            $registry->get('response')->json($isThere ? ['success' => 'known'] : ['redirect' => 'cart']);
        },
        'checkout/payment_method.getMethods' => static function (Registry $registry): void {
            $methods = [];
            foreach ($registry->get('db')->query("SELECT * FROM oc_extension WHERE type = 'payment'")->rows as $extension) {
                if ($registry->get('config')->get("payment_{$extension['code']}_status") !== '1') {
                    continue;
                }
                $registry->get('load')->model("extension/{$extension['extension']}/payment/{$extension['code']}");
                $model = $registry->get("model_extension_{$extension['extension']}_payment_{$extension['code']}");
                $address = ['country_id' => $registry->get('session')->data['customer']['country_id'], 'zone_id' => 0];
                $methods += array_filter([$extension['code'] => $model->getMethods($address)]);
            }
            $registry->get('session')->data['payment_methods'] = $methods;
            $registry->get('response')->json($methods === [] ? ['error' => 'none'] : ['payment_methods' => $methods]);
        },
        'checkout/payment_method.save' => static function (Registry $registry): void {
            $data = &$registry->get('session')->data;
            [$method, $option] = explode('.', $registry->get('request')->post['payment_method']);
            $data['payment_method'] = $data['payment_methods'][$method]['option'][$option];
            $registry->get('response')->json(['success' => 'chosen']);
        },
        'checkout/confirm.confirm' => static function (Registry $registry): void {
            $data = &$registry->get('session')->data;
            $cart = $registry->get('cart');
            $database = $registry->get('db');
            if (!$cart->hasStock() || !isset($data['payment_method'])) {
                return;
            }
            $method = $database->escape(json_encode($data['payment_method']));
            $email = $database->escape($data['customer']['email']);
            $currency = $database->escape($_COOKIE['currency'] ?? $registry->get('config')->get('config_currency'));
            $total = number_format($cart->total(), 4, '.', '');
            $database->query("INSERT INTO oc_order (customer_id, email, payment_method, total, currency_code)
                VALUES (0, '$email', '$method', '$total', '$currency')");
            $data['order_id'] = $database->getLastId();
            foreach ($cart->products() as $id => $quantity) {
                $database->query("INSERT INTO oc_order_product (order_id, product_id, quantity) VALUES ({$data['order_id']}, $id, $quantity)");
            }
            $code = explode('.', $data['payment_method']['code'])[0];
            $registry->get('response')->setOutput($registry->get('load')->controller("extension/$code/payment/$code"));
        },
        'checkout/success' => static function (Registry $registry): void {
            $data = &$registry->get('session')->data;
            if (isset($data['order_id'])) {
                unset($data['order_id'], $data['cart'], $data['payment_method']);
            }
            $registry->get('response')->setOutput('thank you');
        },
    ];
}
