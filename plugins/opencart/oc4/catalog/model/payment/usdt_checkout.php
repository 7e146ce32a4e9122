<?php

namespace Opencart\Catalog\Model\Extension\UsdtCheckout\Payment;

use UsdtCheckout\OpenCart\OpenCart4;
use UsdtCheckout\OpenCart\OpenCartSettings;

require_once DIR_EXTENSION . 'usdt_checkout/system/autoload.php';

/** The method among those of the checkout. */
class UsdtCheckout extends \Opencart\System\Engine\Model
{
    /**
     * @param array<string, mixed> $address
     * @return array<string, mixed>
     */
    public function getMethods(array $address = []): array
    {
        $plugin = OpenCart4::plugin($this->registry);
        $isOffered = $plugin->isOffered((int) ($address['country_id'] ?? 0), (int) ($address['zone_id'] ?? 0));
        // No transfer repeats itself.
        if (!$isOffered || $this->cart->hasSubscription() || $this->total() <= 0) {
            return [];
        }
        $title = $plugin->title();
        return [
            'code' => OpenCartSettings::METHOD,
            'name' => $title,
            'option' => [
                OpenCartSettings::METHOD => ['code' => OpenCartSettings::METHOD . '.' . OpenCartSettings::METHOD, 'name' => $title],
            ],
            'sort_order' => $plugin->settings->number('sort_order'),
        ];
    }

    /** @return float|int Only to see whether there is something to pay. */
    private function total()
    {
        $totals = [];
        $taxes = $this->cart->getTaxes();
        $total = 0;
        $this->load->model('checkout/cart');
        ($this->model_checkout_cart->getTotals)($totals, $taxes, $total);
        return $total;
    }
}
