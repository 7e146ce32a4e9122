<?php

// What the gateway, payers and the administration ask of the plugin, by `action`.

require_once __DIR__ . '/../../../init.php';
require_once __DIR__ . '/../../../includes/gatewayfunctions.php';
require_once __DIR__ . '/../../../includes/invoicefunctions.php';
require_once __DIR__ . '/../usdtcheckout/autoload.php';

use UsdtCheckout\Whmcs\UsdtShop\Answer;
use UsdtCheckout\Whmcs\WhmcsPlugin;

$gateway = getGatewayVariables(basename(__FILE__, '.php'));
if (empty($gateway['type'])) {
    // The gateway tries again: it may be switched on by then.
    Answer::text(503, 'not active')->send();
    exit;
}
WhmcsPlugin::create()->answer($_GET, $_POST, $_SERVER)->send();
