<?php

if (!defined('_PS_VERSION_')) {
    exit;
}

use UsdtCheckout\PrestaShop\PrestaShopPlugin;
use UsdtCheckout\PrestaShop\Request;
use UsdtCheckout\PrestaShop\UsdtShop\Answer;

/** The gateway tells what became of a payment. */
class UsdtcheckoutWebhookModuleFrontController extends Request
{
    protected function answer(PrestaShopPlugin $plugin): Answer
    {
        return $plugin->webhook((string) file_get_contents('php://input', false, null, 0, 65536), $_SERVER);
    }
}
