<?php

if (!defined('_PS_VERSION_')) {
    exit;
}

use UsdtCheckout\PrestaShop\PrestaShopPlugin;
use UsdtCheckout\PrestaShop\Request;
use UsdtCheckout\PrestaShop\UsdtShop\Answer;

/** The payer has chosen the method. */
class UsdtcheckoutValidationModuleFrontController extends Request
{
    protected function answer(PrestaShopPlugin $plugin): Answer
    {
        return $plugin->confirm((int) Tools::getValue('cart'), $this->context, $this->visitor(), $this->texts());
    }
}
