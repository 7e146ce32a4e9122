<?php

// The module in one version of PHP: it takes webhooks in the double's engine.

declare(strict_types=1);

$folder = getenv('KIT');
require "$folder/kit.php";
$count = parseAll("$folder/shop");
require "$folder/shop/install.php";
require "$folder/shop/engine.php";

$context = Double\start();
$module = Module::getInstanceByName('usdtcheckout');
check($module->install(), 'installed');
$module = Module::getInstanceByName('usdtcheckout');
$plugin = $module->plugin();
$plugin->settings->save(['gateway_url' => 'https://pay.example.com', 'api_key' => 'pk_test_1', 'api_secret' => 'secret']);
$database = Db::getInstance();
$database->execute("INSERT INTO ps_customer (email, secure_key) VALUES ('ann@buyer.example', 'key')");
$database->execute("INSERT INTO ps_product (price) VALUES ('3.10')");
$database->execute('INSERT INTO ps_stock_available (id_product, quantity, out_of_stock) VALUES (1, 9, 0)');
for ($order = 1; $order <= 4; $order++) {
    $cart = new Cart();
    foreach (['id_customer' => 1, 'id_currency' => 1, 'id_lang' => 1, 'id_shop' => 1, 'secure_key' => 'key'] as $name => $value) {
        $cart->$name = $value;
    }
    $cart->add();
    $database->execute("INSERT INTO ps_cart_product (id_cart, id_product, quantity, warehouse) VALUES ($cart->id, 1, 2, 0)");
    check(count($module->hookPaymentOptions(['cart' => $cart])) === 1, 'offered');
    $module->validateOrder($cart->id, (int) Configuration::get('USDT_CHECKOUT_OS_AWAITING'), $cart->getOrderTotal(), 'USDT', null, [], 1, false, 'key');
    $row = $plugin->payments->add($plugin->shop->name(), $order, 1, '6.20', 'USD');
    $plugin->payments->change($row, ['payment_id' => "100$order", 'amount' => '6.20', 'payment_url' => 'https://pay.example.com/1']);
}
$state = static function (int $order) use ($plugin): string {
    return $plugin->orders->find($order)->state . ' ' . $plugin->payments->current($order)->state;
};
$deliver = static function (int $order, array $changes = [], string $secret = 'secret') use ($plugin): void {
    $plugin->webhook(...paidWebhook($plugin->shop->name() . "-$order-1", 1000 + $order, $changes, $secret));
};
$awaiting = Configuration::get('USDT_CHECKOUT_OS_AWAITING');
$review = Configuration::get('USDT_CHECKOUT_OS_REVIEW');
$deliver(1, [], 'another');
check($state(1) === "$awaiting waiting", 'a wrong signature');
$deliver(1);
$deliver(1);
check($state(1) === '2 booked', 'booked');
$deliver(2, ['amount' => '1.00']);
check($state(2) === "$awaiting attention", 'another amount');
$deliver(3, ['received_amount' => '6.10']);
check($state(3) === "$review attention", 'too little');
$plugin->booking->ended($plugin->payments->current(4), 'expired');
check($state(4) === '6 expired', 'ended');
$database->execute('UPDATE ps_stock_available SET quantity = 0');
$deliver(4, ['late' => true]);
check($state(4) === '6 attention', 'late, and the goods are gone');
check(strpos($module->getContent(), '1002') !== false, 'the settings');
check(strpos($module->hookDisplayAdminOrderMainBottom(['id_order' => 2]), '1002') !== false, 'the order');
check(strpos($module->hookDisplayPaymentReturn(['order' => new Order(1)]), 'received') !== false, 'thanks');
check((bool) $module->uninstall(), 'uninstalled');

echo PHP_VERSION, ": $count files, {$GLOBALS['checks']} checks\n";
