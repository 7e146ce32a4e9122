<?php

// The regular check, by WHMCS's own cron, and the payments beside an invoice.

if (!defined('WHMCS')) {
    exit('This file cannot be accessed directly');
}

use UsdtCheckout\Whmcs\WhmcsPlugin;

/** The plugin, where it is switched on. Nothing of it is loaded before it is needed. */
$plugin = static function (): ?WhmcsPlugin {
    require_once ROOTDIR . '/includes/gatewayfunctions.php';
    require_once ROOTDIR . '/includes/invoicefunctions.php';
    require_once ROOTDIR . '/modules/gateways/usdtcheckout/autoload.php';
    return empty(getGatewayVariables('usdtcheckout')['type']) ? null : WhmcsPlugin::create();
};

add_hook('AfterCronJob', 1, static function () use ($plugin): void {
    $active = $plugin();
    if ($active !== null) {
        $active->reconciliation->run();
    }
});

add_hook('AdminInvoicesControlsOutput', 1, static function (array $vars) use ($plugin): string {
    $active = $plugin();
    return $active === null ? '' : $active->invoice((int) $vars['invoiceid']);
});
