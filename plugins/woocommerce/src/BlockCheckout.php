<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

use Automattic\WooCommerce\Blocks\Payments\Integrations\AbstractPaymentMethodType;

/** The payment method in the block checkout. */
final class BlockCheckout extends AbstractPaymentMethodType
{
    /** @var string */
    protected $name = Settings::GATEWAY_ID;

    public function initialize(): void
    {
        $this->settings = (array) get_option(Settings::OPTION, []);
    }

    public function is_active(): bool
    {
        return $this->gateway() !== null && $this->gateway()->is_available();
    }

    /** @return string[] */
    public function get_payment_method_script_handles(): array
    {
        wp_register_script(
            'usdt-checkout-blocks',
            plugins_url('assets/blocks.js', FILE),
            ['wc-blocks-registry', 'wc-settings', 'wp-element', 'wp-html-entities'],
            VERSION,
            true
        );
        return ['usdt-checkout-blocks'];
    }

    /** @return array<string, mixed> */
    public function get_payment_method_data(): array
    {
        $gateway = $this->gateway();
        return [
            'title' => $gateway === null ? '' : $gateway->get_title(),
            'description' => $gateway === null ? '' : $gateway->get_description(),
            'button' => $gateway === null ? '' : $gateway->order_button_text,
            'supports' => $gateway === null ? [] : $gateway->supports,
        ];
    }

    private function gateway(): ?\WC_Payment_Gateway
    {
        return WC()->payment_gateways()->payment_gateways()[Settings::GATEWAY_ID] ?? null;
    }
}
