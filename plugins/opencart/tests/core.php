<?php

// Parses the files of both zips in this version of PHP, and lets the core take webhooks in the double's engine.
// `KIT` names the folder with all of it.

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

use UsdtCheckout\OpenCart\UsdtShop\Amounts;
use UsdtCheckout\OpenCart\UsdtShop\Plugin;
use UsdtCheckout\OpenCart\UsdtShop\Schema;
use UsdtCheckout\OpenCart\UsdtShop\Texts;

error_reporting(-1);
set_error_handler(static function (int $code, string $message, string $file, int $line): bool {
    throw new \ErrorException($message, 0, $code, $file, $line);
});
$folder = getenv('KIT');

$count = 0;
foreach (new \RecursiveIteratorIterator(new \RecursiveDirectoryIterator($folder, \FilesystemIterator::SKIP_DOTS)) as $file) {
    if ($file->getExtension() === 'php') {
        token_get_all(file_get_contents((string) $file), TOKEN_PARSE);
        $count++;
    }
}

$checks = 0;
function check(bool $isGood, string $what): void
{
    global $checks;
    if (!$isGood) {
        throw new \RuntimeException("wrong: $what");
    }
    $checks++;
}

$_SERVER += ['REQUEST_METHOD' => 'GET'];
require "$folder/shop/install.php";
require "$folder/shop/engine.php";
$registry = \Double\start('Catalog');
$registry->get('config')->set('config_currency', 'USD');
$registry->get('config')->set('config_processing_status', ['2']);
require DIR_EXTENSION . 'usdt_checkout/system/autoload.php';
$plugin = OpenCart4::plugin($registry);
Schema::create($plugin->database);
Schema::create($plugin->database);

check(Amounts::add('6.10', '0.1') === '6.20', 'add');
check(Amounts::add('999999999.999999', '0.000001') === '1000000000.000000', 'carry');
$rounded = [['6.2000', 2, '6.20'], ['6.2049', 2, '6.20'], ['6.205', 2, '6.21'], ['9.9950', 2, '10.00'], ['7', 2, '7.00'], ['7.5', 0, '8']];
foreach ($rounded as [$number, $decimals, $result]) {
    check(Amounts::round($number, $decimals) === $result, "$number with $decimals decimals");
}

$texts = ['de-de' => 'de', 'pt-pt' => 'pt-BR', 'zh-hk' => 'zh-TW', 'zh-cn' => 'zh-CN', 'EN-gb' => 'en', 'xx' => 'en', '../en' => 'en'];
foreach ($texts as $code => $language) {
    check((new Texts($code))->language === $language, $code);
}
check((new Texts('ar'))->isRightToLeft() && !(new Texts('de'))->isRightToLeft(), 'directions');

$plugin->settings->save(['status' => '1', 'gateway_url' => 'https://pay.example.com', 'api_key' => 'pk_test_1', 'api_secret' => 'secret']);
check($plugin->isOffered(0, 0), 'offered');
$plugin->database->run("INSERT INTO {product} (product_id, quantity, subtract) VALUES (1, 5, 1)");
for ($order = 1; $order <= 4; $order++) {
    $plugin->database->run(
        'INSERT INTO {order} (order_id, customer_id, payment_method, total, order_status_id) VALUES (?, 0, ?, ?, 1)',
        [$order, '{"code":"usdt_checkout.usdt_checkout"}', '6.2000']
    );
    $plugin->database->run('INSERT INTO {order_product} (order_id, product_id, quantity) VALUES (?, 1, 2)', [$order]);
    $row = $plugin->payments->add($plugin->shop->name(), $order, 1, '6.20', 'USD');
    $plugin->payments->change($row, ['payment_id' => "100$order", 'amount' => '6.20', 'payment_url' => 'https://pay.example.com/1']);
}

/** @param array<string, mixed> $changes */
function deliver(Plugin $plugin, int $order, array $changes = [], string $secret = 'secret'): void
{
    $body = (string) json_encode($changes + [
        'payment_id' => 1000 + $order,
        'app_id' => 1,
        'order_id' => $plugin->shop->name() . "-$order-1",
        'status' => 'paid',
        'amount' => '6.20',
        'pay_amount' => '6.20',
        'currency' => 'USDT',
        'network' => 'TRC20',
        'txid' => str_repeat('f', 64),
        'paid_at' => '2026-07-01 18:04:12',
    ]);
    $plugin->webhook($body, ['HTTP_X_SIGNATURE' => hash_hmac('sha256', $body, $secret)]);
}

$state = static function (int $order) use ($plugin): string {
    return $plugin->orders->find($order)->state . ' ' . $plugin->payments->current($order)->state;
};
deliver($plugin, 1, [], 'another');
check($state(1) === '1 waiting', 'a wrong signature');
deliver($plugin, 1);
deliver($plugin, 1);
check($state(1) === '2 booked', 'booked');
deliver($plugin, 2, ['amount' => '1.00']);
check($state(2) === '1 attention', 'another amount');
deliver($plugin, 3, ['late' => true]);
check($state(3) === '2 booked', 'late, and the goods are there');
deliver($plugin, 4, ['late' => true]);
check($state(4) === '1 attention', 'late, and the goods are gone');
check($plugin->database->row('SELECT quantity FROM {product} WHERE product_id = 1')['quantity'] === '1', 'the stock');
deliver($plugin, 9);
check(count($plugin->payments->needingAttention(9)) === 3, 'what needs a person');

$session = [];
$visitor = new SessionVisitor($session, 0);
$plugin->back(['token' => $plugin->payments->current(1)->token, 'here' => '1'], $visitor, new Texts('fa'));
$plugin->back(['token' => ['x']], $visitor, new Texts('en'));
$administration = new Administration($plugin, new OpenCart4($registry));
check(count($administration->fields([['order_status_id' => '2', 'name' => 'Processing']], [])) === 14, 'the settings');
check(strpos($administration->panel()->head('act'), '1002') !== false, 'notices');
check(strpos($administration->panel()->order(2, 'act', true), 'data-usdt-checkout="settle"') !== false, 'the order');
Schema::drop($plugin->database);

echo PHP_VERSION, ": $count files, $checks checks\n";
