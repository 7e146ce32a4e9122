<?php

// The gateway in one version of PHP: it takes webhooks in the double's engine.

declare(strict_types=1);

$folder = getenv('KIT');
require "$folder/kit.php";
$count = parseAll("$folder/shop");
require "$folder/shop/install.php";
require "$folder/shop/init.php";
require_once "$folder/shop/includes/gatewayfunctions.php";
require_once "$folder/shop/includes/invoicefunctions.php";
require "$folder/shop/modules/gateways/usdtcheckout.php";

use UsdtCheckout\Whmcs\UsdtShop\Amounts;
use UsdtCheckout\Whmcs\WhmcsPlugin;
use WHMCS\Database\Capsule;

$database = Capsule::connection()->getPdo();
$settings = ['type' => 'Invoices', 'gateway_url' => 'https://pay.example.com', 'api_key' => 'pk_test_1', 'api_secret' => base64_encode('secret')];
foreach ($settings as $name => $value) {
    $database->exec("INSERT INTO tblpaymentgateways (gateway, setting, value) VALUES ('usdtcheckout', '$name', '$value')");
}
$database->exec("INSERT INTO tblclients (email, currency) VALUES ('ann@buyer.example', 1)");
$plugin = WhmcsPlugin::create();
for ($invoice = 1; $invoice <= 4; $invoice++) {
    $database->exec("INSERT INTO tblinvoices (userid, total, status, paymentmethod) VALUES (1, '6.20', 'Unpaid', 'usdtcheckout')");
    $row = $plugin->payments->add($plugin->shop->name(), $invoice, 1, '6.20', 'USD');
    $plugin->payments->change($row, ['payment_id' => "100$invoice", 'amount' => '6.20', 'payment_url' => 'https://pay.example.com/1']);
}

$left = [['6.20', '2.2', '4.00'], ['6', '0.01', '5.99'], ['10.00', '10', '0.00'], ['1000.00', '0.000001', '999.999999'], ['1.00', '2', '0'], ['0.30', '0.1', '0.20']];
foreach ($left as [$from, $amount, $result]) {
    check(Amounts::subtract($from, $amount) === $result, "$from less $amount");
}

$state = static function (int $invoice) use ($plugin): string {
    return $plugin->orders->find($invoice)->state . ' ' . $plugin->payments->current($invoice)->state;
};
$deliver = static function (int $invoice, array $changes = [], string $secret = 'secret') use ($plugin): void {
    $plugin->webhook(...paidWebhook($plugin->shop->name() . "-$invoice-1", 1000 + $invoice, $changes, $secret));
};
check(strpos(usdtcheckout_link(['invoiceid' => 1, 'langpaynow' => 'Pay']), '<form') === 0, 'the button');
check(strpos(usdtcheckout_config()['FriendlyName']['Value'], 'preview') !== false, 'the name');
$deliver(1, [], 'another');
check($state(1) === 'Unpaid waiting', 'a wrong signature');
$deliver(1);
$deliver(1);
check($state(1) === 'Paid booked', 'booked');
check(count(Capsule::table('tblaccounts')->get()) === 1, 'once');
$deliver(2, ['amount' => '1.00']);
check($state(2) === 'Unpaid attention', 'another amount');
$deliver(3, ['late' => true]);
check($state(3) === 'Paid booked', 'late');
$plugin->booking->ended($plugin->payments->current(4), 'expired');
check($state(4) === 'Unpaid expired', 'ended');
check(strpos($plugin->invoice(2), '1002') !== false, 'the invoice');

echo PHP_VERSION, ": $count files, {$GLOBALS['checks']} checks\n";
