<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

use UsdtCheckout\WooCommerce\UsdtClient\Decimal;
use UsdtCheckout\WooCommerce\UsdtClient\UsdtError;

/** The payment method, in the classic checkout and in WooCommerce's settings. */
final class Gateway extends \WC_Payment_Gateway
{
    public function __construct()
    {
        $this->id = Settings::GATEWAY_ID;
        $this->has_fields = false;
        // A transfer on the chain cannot be taken back, so no refunds.
        $this->supports = ['products'];
        $this->method_title = __('USDT (TRC20)', 'usdt-checkout-for-woocommerce');
        $this->method_description = __(
            'Payers send USDT on TRON straight to your own address, through your gateway.',
            'usdt-checkout-for-woocommerce'
        );
        $this->init_form_fields();
        $this->init_settings();
        $this->enabled = $this->get_option('enabled');
        $this->title = $this->get_option('title');
        $this->description = $this->get_option('description');
        $this->order_button_text = __('Pay with USDT', 'usdt-checkout-for-woocommerce');
        add_action('woocommerce_update_options_payment_gateways_' . $this->id, [$this, 'process_admin_options']);
    }

    public function init_form_fields(): void
    {
        $this->form_fields = [
            'enabled' => [
                'title' => __('Enabled', 'usdt-checkout-for-woocommerce'),
                'type' => 'checkbox',
                'label' => __('Take payments in USDT', 'usdt-checkout-for-woocommerce'),
                'default' => 'no',
            ],
            'gateway_url' => [
                'title' => __('Gateway', 'usdt-checkout-for-woocommerce'),
                'type' => 'text',
                'placeholder' => 'https://pay.example.com',
                'default' => '',
            ],
            'api_key' => [
                'title' => __('API key', 'usdt-checkout-for-woocommerce'),
                'type' => 'text',
                'placeholder' => 'pk_…',
                'default' => '',
            ],
            'api_secret' => [
                'title' => __('API secret', 'usdt-checkout-for-woocommerce'),
                'type' => 'usdt_secret',
                'description' => __('It is never shown again. Leave it empty to keep it.', 'usdt-checkout-for-woocommerce'),
                'default' => '',
            ],
            'tests' => [
                'title' => __('Try it', 'usdt-checkout-for-woocommerce'),
                'type' => 'usdt_tests',
            ],
            'title' => [
                'title' => __('Title', 'usdt-checkout-for-woocommerce'),
                'type' => 'safe_text',
                'description' => __('The name that payers see.', 'usdt-checkout-for-woocommerce'),
                'default' => __('USDT (TRC20)', 'usdt-checkout-for-woocommerce'),
            ],
            'description' => [
                'title' => __('Description', 'usdt-checkout-for-woocommerce'),
                'type' => 'textarea',
                'default' => __('Pay with USDT', 'usdt-checkout-for-woocommerce'),
            ],
            'display' => [
                'title' => __('Payers pay', 'usdt-checkout-for-woocommerce'),
                'type' => 'select',
                'options' => [
                    'redirect' => __('on the gateway\'s page', 'usdt-checkout-for-woocommerce'),
                    'window' => __('in a window above your shop', 'usdt-checkout-for-woocommerce'),
                ],
                'description' => __(
                    'For the window, the gateway\'s operator has to allow your site.',
                    'usdt-checkout-for-woocommerce'
                ),
                'default' => 'redirect',
            ],
            'paid_status' => [
                'title' => __('A paid order becomes', 'usdt-checkout-for-woocommerce'),
                'type' => 'select',
                'options' => [
                    'default' => __('what WooCommerce says (processing, or completed)', 'usdt-checkout-for-woocommerce'),
                    'processing' => __('processing', 'usdt-checkout-for-woocommerce'),
                    'completed' => __('completed', 'usdt-checkout-for-woocommerce'),
                ],
                'default' => 'default',
            ],
            'expired_status' => [
                'title' => __('An order that was not paid in time becomes', 'usdt-checkout-for-woocommerce'),
                'type' => 'select',
                'options' => [
                    'failed' => __('failed: the payer can try again', 'usdt-checkout-for-woocommerce'),
                    'cancelled' => __('cancelled', 'usdt-checkout-for-woocommerce'),
                ],
                'default' => 'failed',
            ],
            'late_policy' => [
                'title' => __('Money that comes late', 'usdt-checkout-for-woocommerce'),
                'type' => 'select',
                'options' => [
                    'complete' => __('pays the order if the goods are there', 'usdt-checkout-for-woocommerce'),
                    'hold' => __('always waits for you', 'usdt-checkout-for-woocommerce'),
                ],
                'default' => 'complete',
            ],
            'tolerance' => [
                'title' => __('Tolerance', 'usdt-checkout-for-woocommerce'),
                'type' => 'usdt_amount',
                'description' => __(
                    'Where somebody has accepted less than was due: so many USDT may be missing, and the order is paid all the same.',
                    'usdt-checkout-for-woocommerce'
                ),
                'default' => '0',
            ],
            'debug' => [
                'title' => __('Log', 'usdt-checkout-for-woocommerce'),
                'type' => 'checkbox',
                'label' => __('Log also what goes well', 'usdt-checkout-for-woocommerce'),
                'default' => 'no',
            ],
        ];
    }

    public function is_available(): bool
    {
        if (!parent::is_available() || !Settings::isComplete() || Shop::isMoved()) {
            return false;
        }
        return Currencies::isTaken($this->currency());
    }

    /**
     * @param int $order_id
     * @return array<string, string>
     */
    public function process_payment($order_id): array
    {
        $order = wc_get_order($order_id);
        try {
            if (!$order instanceof \WC_Order) {
                throw new \RuntimeException("order $order_id is not there");
            }
            if (Shop::isMoved() || !Currencies::isTaken($order->get_currency())) {
                throw new \RuntimeException("order $order_id cannot be paid in USDT here");
            }
            $row = Paying::start($order);
        } catch (\Exception $error) {
            $hint = $error instanceof UsdtError && method_exists($error, 'getHint') ? (string) $error->getHint() : '';
            Log::warning("order $order_id gets no payment: {$error->getMessage()} $hint");
            wc_add_notice(
                __('This isn’t possible right now. Try again in a minute.', 'usdt-checkout-for-woocommerce'),
                'error'
            );
            return ['result' => 'failure'];
        }
        ReturnPage::remember($row);
        return [
            'result' => 'success',
            'redirect' => Settings::choice('display') === 'window'
                ? ReturnPage::url($row->token)
                : (string) $row->paymentUrl,
        ];
    }

    public function process_admin_options(): bool
    {
        $before = [Settings::text('gateway_url'), Settings::text('api_key')];
        $saved = parent::process_admin_options();
        if ($before !== [Settings::text('gateway_url'), Settings::text('api_key')]) {
            // What another project has said says nothing of this one.
            delete_option(Settings::PROJECT_OPTION);
        }
        return (bool) $saved;
    }

    /** The secret's own option takes it, and the settings never hold it. */
    public function validate_usdt_secret_field(string $key, $value): string
    {
        $value = is_string($value) ? trim(wp_unslash($value)) : '';
        if ($value !== '') {
            update_option(Settings::SECRET_OPTION, $value, false);
        }
        return '';
    }

    public function validate_usdt_amount_field(string $key, $value): string
    {
        $value = is_string($value) ? str_replace(',', '.', trim(wp_unslash($value))) : '';
        if ($value !== '' && !Decimal::isDecimal($value)) {
            throw new \Exception(esc_html__('The tolerance must be a number such as 0.50.', 'usdt-checkout-for-woocommerce'));
        }
        return $value === '' ? '0' : $value;
    }

    public function validate_gateway_url_field(string $key, $value): string
    {
        $value = is_string($value) ? rtrim(trim(wp_unslash($value)), '/') : '';
        if ($value !== '' && !preg_match('~^https?://[^/\s]+$~D', $value)) {
            throw new \Exception(
                esc_html__('The gateway must be an address such as https://pay.example.com.', 'usdt-checkout-for-woocommerce')
            );
        }
        return $value;
    }

    /** @param array<string, mixed> $data */
    public function generate_usdt_amount_html(string $key, array $data): string
    {
        return $this->generate_text_html($key, $data);
    }

    /** @param array<string, mixed> $data */
    public function generate_usdt_secret_html(string $key, array $data): string
    {
        $isThere = Settings::secret() !== '';
        $field = sprintf(
            '<input class="input-text regular-input" type="password" autocomplete="new-password" name="%1$s" id="%1$s" value="" placeholder="%2$s">',
            esc_attr($this->get_field_key($key)),
            $isThere ? '••••••••••••' : 'sk_…'
        );
        return $this->row($key, (string) $data['title'], $field . '<p class="description">' . esc_html((string) $data['description']) . '</p>');
    }

    /** @param array<string, mixed> $data */
    public function generate_usdt_tests_html(string $key, array $data): string
    {
        $buttons = '';
        foreach (AdminTests::names() as $name => $label) {
            $buttons .= sprintf(
                '<button type="button" class="button" data-usdt-checkout-test="%s">%s</button> ',
                esc_attr($name),
                esc_html($label)
            );
        }
        $urls = '<p class="description">' . esc_html__('The webhook URL of this shop:', 'usdt-checkout-for-woocommerce')
            . ' <code>' . esc_html(WebhookEndpoint::url()) . '</code></p>';
        $output = '<div id="usdt-checkout-test-result" role="status" aria-live="polite"></div>';
        return $this->row($key, (string) $data['title'], $buttons . $output . $urls);
    }

    public function validate_usdt_tests_field(string $key, $value): string
    {
        return '';
    }

    public function admin_options(): void
    {
        AdminTests::script();
        parent::admin_options();
    }

    private function row(string $key, string $title, string $html): string
    {
        return sprintf(
            '<tr valign="top"><th scope="row" class="titledesc"><label for="%s">%s</label></th><td class="forminp">%s</td></tr>',
            esc_attr($this->get_field_key($key)),
            esc_html($title),
            $html
        );
    }

    /** The order's where one is being paid, otherwise the cart's. */
    private function currency(): string
    {
        $id = function_exists('is_checkout_pay_page') && is_checkout_pay_page() ? absint(get_query_var('order-pay')) : 0;
        $order = $id > 0 ? wc_get_order($id) : null;
        return $order instanceof \WC_Order ? $order->get_currency() : get_woocommerce_currency();
    }
}
