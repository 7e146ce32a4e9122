<?php

// PrestaShop's way to the plugin.

if (!defined('_PS_VERSION_')) {
    exit;
}

require_once __DIR__ . '/autoload.php';

use PrestaShop\PrestaShop\Core\Payment\PaymentOption;
use UsdtCheckout\PrestaShop\Administration;
use UsdtCheckout\PrestaShop\PrestaShopPlugin;
use UsdtCheckout\PrestaShop\States;
use UsdtCheckout\PrestaShop\UsdtShop\Payments;
use UsdtCheckout\PrestaShop\UsdtShop\Schema;
use UsdtCheckout\PrestaShop\UsdtShop\Texts;

class Usdtcheckout extends PaymentModule
{
    private const HOOKS = ['paymentOptions', 'displayPaymentReturn', 'displayAdminOrderMainBottom'];

    public function __construct()
    {
        $this->name = 'usdtcheckout';
        $this->tab = 'payments_gateways';
        $this->version = '0.1.0';
        $this->author = 'USDT Checkout';
        $this->need_instance = 0;
        $this->bootstrap = true;
        $this->currencies = true;
        $this->currencies_mode = 'checkbox';
        $this->ps_versions_compliancy = ['min' => '1.7.8.0', 'max' => _PS_VERSION_];
        parent::__construct();
        $this->displayName = 'USDT (TRC20), preview';
        $this->description = 'Takes USDT on TRON through a payment gateway. A preview: it has not run in PrestaShop itself yet.';
    }

    public function install()
    {
        if (!parent::install() || !$this->registerHook(self::HOOKS)) {
            return false;
        }
        Schema::create($this->plugin()->database);
        States::install($this->name);
        return true;
    }

    public function uninstall()
    {
        $plugin = $this->plugin();
        Schema::drop($plugin->database);
        $plugin->settings->remove();
        States::uninstall();
        return parent::uninstall();
    }

    /** The settings. The buttons on them are answered here, too. */
    public function getContent()
    {
        $administration = new Administration($this->plugin());
        $url = $this->adminUrl();
        if (Tools::getIsset('usdt_act')) {
            $answer = $this->mayChange()
                ? $administration->panel()->act((string) Tools::getValue('do'), (string) Tools::getValue('reference'))
                : $administration->panel()->refuse();
            $answer->send();
            exit;
        }
        $said = '';
        if (Tools::isSubmit('usdt_save')) {
            $errors = $this->mayChange() ? $administration->save(Tools::getAllValues()) : [$administration->panel()->say('error_permission')];
            $said = $errors === []
                ? $this->displayConfirmation($administration->panel()->say('text_success'))
                : $this->displayError(implode(' ', $errors));
        }
        return $said . $administration->page($url);
    }

    /** @return PaymentOption[] */
    public function hookPaymentOptions($params)
    {
        $plugin = $this->plugin();
        if (!$this->active || !$plugin->isOffered($params['cart'])) {
            return [];
        }
        $option = new PaymentOption();
        $option->setModuleName($this->name);
        $option->setCallToActionText($plugin->settings->text('title'));
        $option->setAction($plugin->platform->link('confirm', ['cart' => (string) $params['cart']->id]));
        return [$option];
    }

    /** How the payment stands, on the page that thanks for the order. */
    public function hookDisplayPaymentReturn($params)
    {
        $order = $params['order'] ?? null;
        $row = $this->active && $order !== null ? $this->plugin()->payments->current((int) $order->id) : null;
        if ($row === null) {
            return '';
        }
        $texts = new Texts((string) $this->context->language->language_code);
        $words = [
            Payments::BOOKED => 'paid',
            Payments::WAITING => 'waiting',
            Payments::ATTENTION => 'review',
            Payments::SETTLED => 'review',
        ];
        return '<p>' . htmlspecialchars($texts->get($words[$row->state] ?? 'expired'), ENT_QUOTES, 'UTF-8') . '</p>';
    }

    /** The payments of an order, beside it. */
    public function hookDisplayAdminOrderMainBottom($params)
    {
        $administration = new Administration($this->plugin());
        $html = $administration->panel()->order((int) $params['id_order'], $this->adminUrl() . '&usdt_act=1', $this->mayChange());
        return $html === '' ? '' : "<div class=\"card\"><h3 class=\"card-header\">USDT (TRC20), preview</h3><div class=\"card-body\">$html</div></div>";
    }

    public function plugin(): PrestaShopPlugin
    {
        return PrestaShopPlugin::of($this);
    }

    private function mayChange(): bool
    {
        return (bool) Module::getPermissionStatic($this->id, 'configure');
    }

    private function adminUrl(): string
    {
        return $this->context->link->getAdminLink('AdminModules', true, [], ['configure' => $this->name]);
    }
}
