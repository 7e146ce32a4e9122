<?php

// WHMCS's way to the plugin: its name, its settings, and the button on an invoice.

if (!defined('WHMCS')) {
    exit('This file cannot be accessed directly');
}

require_once __DIR__ . '/usdtcheckout/autoload.php';

use UsdtCheckout\Whmcs\Whmcs;
use UsdtCheckout\Whmcs\WhmcsPlugin;

function usdtcheckout_MetaData()
{
    return ['DisplayName' => 'USDT (TRC20), preview', 'APIVersion' => '1.1'];
}

function usdtcheckout_config()
{
    $page = htmlspecialchars((new Whmcs())->link('status'), ENT_QUOTES, 'UTF-8');
    return [
        'FriendlyName' => ['Type' => 'System', 'Value' => 'USDT (TRC20), preview'],
        'UsageNotes' => [
            'Type' => 'System',
            'Value' => 'This gateway is a preview. Its tests have not run in WHMCS itself yet. '
                . "Save the settings, then open <a href=\"$page\" target=\"_blank\">the tests of the connection and the webhook</a>.",
        ],
        'gateway_url' => ['FriendlyName' => 'Gateway', 'Type' => 'text', 'Size' => '40', 'Description' => 'Such as https://pay.example.com'],
        'api_key' => ['FriendlyName' => 'API key', 'Type' => 'text', 'Size' => '60'],
        'api_secret' => ['FriendlyName' => 'API secret', 'Type' => 'password', 'Size' => '60'],
        'late_policy' => [
            'FriendlyName' => 'Money that comes late',
            'Type' => 'dropdown',
            'Options' => ['complete' => 'pays the invoice if it is still unpaid', 'hold' => 'always waits for you'],
            'Default' => 'complete',
        ],
        'tolerance' => [
            'FriendlyName' => 'Tolerance',
            'Type' => 'text',
            'Size' => '10',
            'Default' => '0',
            'Description' => 'Where somebody has accepted less than was due: so many USDT may be missing, and the invoice is paid all the same.',
        ],
        'debug' => ['FriendlyName' => 'Log also what goes well', 'Type' => 'yesno'],
    ];
}

/** The button. A payment is made when it is pressed, and not by looking at the invoice. */
function usdtcheckout_link($params)
{
    return WhmcsPlugin::create()->button((int) $params['invoiceid'], (string) $params['langpaynow']);
}
