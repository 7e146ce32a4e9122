<?php

// The regular check, by WHMCS's own cron, and the payments beside an invoice.

if (!defined('WHMCS')) {
    exit('This file cannot be accessed directly');
}

require_once ROOTDIR . '/includes/gatewayfunctions.php';
require_once ROOTDIR . '/includes/invoicefunctions.php';
require_once ROOTDIR . '/modules/gateways/usdtcheckout/autoload.php';

add_hook('AfterCronJob', 1, static function (): void {
    if (!empty(getGatewayVariables('usdtcheckout')['type'])) {
        UsdtCheckout\Whmcs\WhmcsPlugin::create()->reconciliation->run();
    }
});

add_hook('AdminInvoicesControlsOutput', 1, static function (array $vars): string {
    if (empty(getGatewayVariables('usdtcheckout')['type'])) {
        return '';
    }
    return UsdtCheckout\Whmcs\WhmcsPlugin::create()->invoice((int) $vars['invoiceid']);
});
