<?php

use UsdtCheckout\OpenCart\OpenCart3;
use UsdtCheckout\OpenCart\OpenCartSettings;

require_once DIR_SYSTEM . 'library/usdt_checkout/autoload.php';

/** The method among those of the checkout. */
class ModelExtensionPaymentUsdtCheckout extends Model
{
    public function getMethod($address, $total)
    {
        $plugin = OpenCart3::plugin($this->registry);
        $isOffered = $plugin->isOffered((int) ($address['country_id'] ?? 0), (int) ($address['zone_id'] ?? 0));
        if (!$isOffered || $total <= 0) {
            return [];
        }
        return [
            'code' => OpenCartSettings::METHOD,
            'title' => $plugin->title(),
            'terms' => '',
            'sort_order' => $plugin->settings->number('sort_order'),
        ];
    }
}
