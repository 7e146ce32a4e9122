<?php

if (!defined('_PS_VERSION_')) {
    exit;
}

use UsdtCheckout\PrestaShop\PrestaShopPlugin;
use UsdtCheckout\PrestaShop\Request;
use UsdtCheckout\PrestaShop\UsdtShop\Answer;

/** The regular check, and that of one payment. */
class UsdtcheckoutCronModuleFrontController extends Request
{
    protected function answer(PrestaShopPlugin $plugin): Answer
    {
        return isset($_GET['check']) ? $plugin->check($_GET, $_POST) : $plugin->cron($_GET);
    }
}
