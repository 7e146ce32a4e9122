<?php

// The pages of the administration that the tests open.

require dirname(__DIR__) . '/init.php';

use WHMCS\Database\Capsule;

if (($_COOKIE['admin'] ?? '') !== 'admin') {
    http_response_code(403);
    exit;
}
require_once ROOTDIR . '/includes/gatewayfunctions.php';
require ROOTDIR . '/modules/gateways/usdtcheckout.php';
if (isset($_GET['invoice'])) {
    echo run_hook('AdminInvoicesControlsOutput', ['invoiceid' => (int) $_GET['invoice']]);
    exit;
}
$fields = usdtcheckout_config();
if ($_POST !== []) {
    $pdo = Capsule::connection()->getPdo();
    $kept = getGatewayVariables('usdtcheckout')['api_secret'] ?? '';
    $pdo->exec("DELETE FROM tblpaymentgateways WHERE gateway = 'usdtcheckout'");
    $values = ['type' => 'Invoices', 'name' => usdtcheckout_MetaData()['DisplayName']];
    foreach ($fields as $name => $field) {
        if ($field['Type'] !== 'System') {
            $values[$name] = $_POST[$name] ?? '';
        }
    }
    // A password that is not typed anew stays.
    $values['api_secret'] = base64_encode($values['api_secret'] === '' ? $kept : $values['api_secret']);
    foreach ($values as $name => $value) {
        $pdo->prepare("INSERT INTO tblpaymentgateways (gateway, setting, value) VALUES ('usdtcheckout', ?, ?)")->execute([$name, $value]);
    }
}
echo $fields['FriendlyName']['Value'], $fields['UsageNotes']['Value'];
