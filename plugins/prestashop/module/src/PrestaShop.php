<?php

declare(strict_types=1);

namespace UsdtCheckout\PrestaShop;

use UsdtCheckout\PrestaShop\UsdtShop\Order;
use UsdtCheckout\PrestaShop\UsdtShop\Platform;

/** PrestaShop, apart from its orders. */
final class PrestaShop implements Platform
{
    /** The plugin's actions, as front controllers with what they are asked. */
    private const CONTROLLERS = [
        'confirm' => ['validation', []],
        'webhook' => ['webhook', []],
        'back' => ['return', []],
        'again' => ['return', ['again' => '1']],
        'cron' => ['cron', []],
        'check' => ['cron', ['check' => '1']],
    ];
    /** The gateway and the server's cron call these: their address is that of the main shop. */
    private const OF_MAIN_SHOP = ['webhook', 'cron', 'check'];

    /** @var \Module */
    private $module;

    public function __construct(\Module $module)
    {
        $this->module = $module;
    }

    public function name(): string
    {
        return 'prestashop';
    }

    public function home(): string
    {
        // Not by whether this request came by HTTPS, which may have another domain.
        return (string) (new \Shop($this->mainShop()))->getBaseURL(false);
    }

    public function link(string $action, array $query = []): string
    {
        [$controller, $more] = self::CONTROLLERS[$action];
        $isOfMain = in_array($action, self::OF_MAIN_SHOP, true);
        return (string) \Context::getContext()->link->getModuleLink(
            $this->module->name,
            $controller,
            $query + $more,
            true,
            $isOfMain ? (int) \Configuration::get('PS_LANG_DEFAULT') : null,
            $isOfMain ? $this->mainShop() : null
        );
    }

    public function successUrl(Order $order): string
    {
        $stored = new \Order($order->id);
        return (string) \Context::getContext()->link->getPageLink('order-confirmation', true, (int) $stored->id_lang, [
            'id_cart' => (int) $stored->id_cart,
            'id_module' => (int) $this->module->id,
            'id_order' => $order->id,
            'key' => $stored->secure_key,
        ]);
    }

    public function description(int $orderId): string
    {
        return 'Order ' . (new \Order($orderId))->reference;
    }

    public function mail(string $subject, string $text): void
    {
        $owner = (string) \Configuration::get('PS_SHOP_EMAIL');
        $isSent = \Mail::Send(
            (int) \Configuration::get('PS_LANG_DEFAULT'),
            'usdtcheckout',
            $subject,
            ['{text}' => htmlspecialchars($text, ENT_QUOTES, 'UTF-8')],
            $owner,
            null,
            null,
            null,
            null,
            null,
            dirname(__DIR__) . '/mails/'
        );
        if (!$isSent) {
            throw new \RuntimeException("PrestaShop sent none to $owner");
        }
    }

    public function log(string $message): void
    {
        \PrestaShopLogger::addLog($message, 2, null, 'UsdtCheckout', 0, true);
    }

    public function currencies(): array
    {
        return array_column((array) \Currency::getPaymentCurrencies((int) $this->module->id), 'iso_code');
    }

    private function mainShop(): int
    {
        return (int) \Configuration::getGlobalValue('PS_SHOP_DEFAULT');
    }
}
