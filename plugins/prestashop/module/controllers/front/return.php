<?php

if (!defined('_PS_VERSION_')) {
    exit;
}

use UsdtCheckout\PrestaShop\PrestaShopPlugin;
use UsdtCheckout\PrestaShop\Request;
use UsdtCheckout\PrestaShop\UsdtShop\Answer;

/** The payer comes back, or wants to try again. */
class UsdtcheckoutReturnModuleFrontController extends Request
{
    protected function answer(PrestaShopPlugin $plugin): Answer
    {
        return isset($_GET['again'])
            ? $plugin->tryAgain($_GET, $this->context, $this->visitor(), $this->texts())
            : $plugin->back($_GET, $this->visitor(), $this->texts());
    }
}
