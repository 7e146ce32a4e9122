<?php

declare(strict_types=1);

namespace UsdtCheckout\PrestaShop;

use UsdtCheckout\PrestaShop\UsdtShop\Answer;
use UsdtCheckout\PrestaShop\UsdtShop\Texts;

/** A request to one of the plugin's addresses, which it answers past PrestaShop's pages. */
abstract class Request extends \ModuleFrontController
{
    public $ssl = true;

    abstract protected function answer(PrestaShopPlugin $plugin): Answer;

    public function postProcess()
    {
        $this->answer($this->module->plugin())->send();
        exit;
    }

    protected function visitor(): CustomerVisitor
    {
        return new CustomerVisitor($this->context);
    }

    protected function texts(): Texts
    {
        return new Texts((string) $this->context->language->language_code);
    }

    /** Whoever has paid is not turned away, and neither is the gateway. */
    protected function displayMaintenancePage()
    {
    }

    protected function displayRestrictedCountryPage()
    {
    }
}
