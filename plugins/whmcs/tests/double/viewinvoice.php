<?php

// An invoice, as its client sees it.

require __DIR__ . '/init.php';

use WHMCS\Database\Capsule;

require_once ROOTDIR . '/includes/gatewayfunctions.php';
require ROOTDIR . '/modules/gateways/usdtcheckout.php';
$invoice = Capsule::table('tblinvoices')->where('id', (int) $_GET['id'])->first();
if ($invoice === null || (int) ($_COOKIE['client'] ?? 0) !== (int) $invoice->userid) {
    http_response_code(302);
    exit;
}
echo "<h1>$invoice->status</h1>";
if ($invoice->status === 'Unpaid' && $invoice->paymentmethod === 'usdtcheckout') {
    echo usdtcheckout_link(['invoiceid' => $invoice->id, 'langpaynow' => 'Pay Now'] + getGatewayVariables('usdtcheckout'));
}
