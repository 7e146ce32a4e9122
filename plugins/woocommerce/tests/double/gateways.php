<?php

// Payment methods and their settings.

class WC_Payment_Gateway
{
    public $id = '';
    public $enabled = 'yes';
    public $title = '';
    public $description = '';
    public $method_title = '';
    public $method_description = '';
    public $has_fields = false;
    public $supports = ['products'];
    public $order_button_text = '';
    public $form_fields = [];
    public $settings = [];
    private $errors = [];

    public function init_form_fields()
    {
    }

    public function init_settings()
    {
        $defaults = array_map(static function (array $field) {
            return $field['default'] ?? '';
        }, $this->form_fields);
        $this->settings = (array) get_option($this->get_option_key(), null) + $defaults;
    }

    public function get_option_key(): string
    {
        return "woocommerce_{$this->id}_settings";
    }

    public function get_option($key, $empty = null)
    {
        return $this->settings[$key] ?? $empty;
    }

    public function get_title()
    {
        return $this->title;
    }

    public function get_description()
    {
        return $this->description;
    }

    public function is_available()
    {
        return $this->enabled === 'yes';
    }

    public function get_field_key($key): string
    {
        return "woocommerce_{$this->id}_$key";
    }

    public function add_error($error): void
    {
        $this->errors[] = $error;
    }

    public function get_errors(): array
    {
        return $this->errors;
    }

    public function process_admin_options()
    {
        $this->init_settings();
        foreach ($this->form_fields as $key => $field) {
            $value = $_POST[$this->get_field_key($key)] ?? null;
            try {
                $by = [$this, "validate_{$key}_field"];
                $byType = [$this, "validate_{$field['type']}_field"];
                if (is_callable($by)) {
                    $this->settings[$key] = $by($key, $value);
                } elseif (is_callable($byType)) {
                    $this->settings[$key] = $byType($key, $value);
                } elseif ($field['type'] === 'checkbox') {
                    $this->settings[$key] = $value === null ? 'no' : 'yes';
                } else {
                    $this->settings[$key] = wc_clean(wp_unslash((string) $value));
                }
            } catch (Exception $error) {
                $this->add_error($error->getMessage());
            }
        }
        return update_option($this->get_option_key(), $this->settings);
    }

    public function generate_text_html($key, $data)
    {
        return sprintf(
            '<tr><th>%s</th><td><input type="%s" name="%s" value="%s"></td></tr>',
            esc_html($data['title']),
            esc_attr($data['type']),
            esc_attr($this->get_field_key($key)),
            esc_attr((string) $this->get_option($key))
        );
    }

    public function admin_options()
    {
        echo '<table>';
        foreach ($this->form_fields as $key => $field) {
            $by = [$this, "generate_{$field['type']}_html"];
            echo is_callable($by) ? $by($key, $field) : $this->generate_text_html($key, $field);
        }
        echo '</table>';
    }
}

final class WC_Double_Cheque extends WC_Payment_Gateway
{
    public $id = 'cheque';
    public $title = 'Cheque';

    public function process_payment($id)
    {
        wc_get_order($id)->update_status('on-hold');
        return ['result' => 'success', 'redirect' => wc_get_order($id)->get_checkout_order_received_url()];
    }
}

final class WC_Payment_Gateways
{
    private $gateways = [];

    public function __construct()
    {
        foreach (apply_filters('woocommerce_payment_gateways', [WC_Double_Cheque::class]) as $class) {
            $gateway = new $class();
            $this->gateways[$gateway->id] = $gateway;
        }
    }

    public function payment_gateways(): array
    {
        return $this->gateways;
    }

    public function get_available_payment_gateways(): array
    {
        return array_filter($this->gateways, static function (WC_Payment_Gateway $gateway): bool {
            return (bool) $gateway->is_available();
        });
    }
}
