<?php

declare(strict_types=1);

namespace UsdtCheckout\PrestaShop;

use UsdtCheckout\PrestaShop\UsdtClient\Decimal;
use UsdtCheckout\PrestaShop\UsdtShop\AdminPanel;

/** The settings in PrestaShop's back office. */
final class Administration
{
    private const TEXTS = [
        'text_preview' => 'This module is a preview. Its tests have not run in PrestaShop itself yet. Try it in a copy of your shop first.',
        'text_states' => 'An order is “Awaiting USDT” until it is paid, then “Payment accepted”. It becomes “Canceled” when its time is over, which gives its goods back.',
        'entry_title' => 'Title',
        'help_title' => 'The name that payers see.',
        'button_save' => 'Save',
    ];

    /** @var PrestaShopPlugin */
    private $plugin;
    /** @var AdminPanel */
    private $panel;

    public function __construct(PrestaShopPlugin $plugin)
    {
        $this->plugin = $plugin;
        $this->panel = new AdminPanel($plugin, self::TEXTS);
    }

    /** What stands above the settings, and beside an order, and what its buttons do. */
    public function panel(): AdminPanel
    {
        return $this->panel;
    }

    public function page(string $url): string
    {
        $html = '<div class="panel"><h3>USDT (TRC20), preview</h3><div class="alert alert-warning">'
            . self::escape($this->panel->say('text_preview')) . '</div>' . $this->panel->head("$url&usdt_act=1")
            . '<p>' . self::escape($this->panel->say('text_states')) . '</p>'
            . '<form method="post" action="' . self::escape($url) . '" class="form-horizontal">';
        foreach ($this->plugin->settings->values() as $name => $value) {
            $help = $this->panel->say("help_$name");
            $html .= '<div class="form-group"><label class="control-label col-lg-3" for="usdt-' . $name . '">'
                . self::escape($this->panel->say("entry_$name")) . '</label><div class="col-lg-9">' . $this->field($name, $value)
                . ($help === '' ? '' : '<p class="help-block">' . self::escape($help) . '</p>') . '</div></div>';
        }
        return $html . '<button type="submit" name="usdt_save" value="1" class="btn btn-primary">'
            . self::escape($this->panel->say('button_save')) . '</button></form></div>';
    }

    /**
     * Takes the form.
     *
     * @param array<string, mixed> $post
     * @return string[] What is wrong; where nothing is, it is saved.
     */
    public function save(array $post): array
    {
        $given = [];
        foreach (array_keys($this->plugin->settings->values()) as $name) {
            if (is_string($post["usdt_$name"] ?? null)) {
                $given[$name] = trim($post["usdt_$name"]);
            }
        }
        if (($given['api_secret'] ?? '') === '') {
            unset($given['api_secret']);
        }
        $given += $this->plugin->settings->values();
        $given['gateway_url'] = rtrim($given['gateway_url'], '/');
        $given['tolerance'] = $given['tolerance'] === '' ? '0' : strtr($given['tolerance'], ',', '.');
        $errors = [];
        if ($given['gateway_url'] !== '' && !preg_match('~^https?://[^/\s]+$~D', $given['gateway_url'])) {
            $errors[] = $this->panel->say('error_gateway_url');
        }
        if (!Decimal::isDecimal($given['tolerance'])) {
            $errors[] = $this->panel->say('error_tolerance');
        }
        foreach ($this->choices() as $name => $options) {
            if (!isset($options[$given[$name]])) {
                $errors[] = $this->panel->say("entry_$name");
            }
        }
        if ($errors === []) {
            $this->plugin->settings->save($given);
        }
        return $errors;
    }

    private function field(string $name, string $value): string
    {
        $options = $this->choices()[$name] ?? null;
        if ($options !== null) {
            $html = "<select name=\"usdt_$name\" id=\"usdt-$name\">";
            foreach ($options as $key => $text) {
                $html .= "<option value=\"$key\"" . ((string) $key === $value ? ' selected' : '') . '>' . self::escape($text) . '</option>';
            }
            return "$html</select>";
        }
        $isSecret = $name === 'api_secret';
        return '<input type="' . ($isSecret ? 'password' : 'text') . "\" name=\"usdt_$name\" id=\"usdt-$name\" value=\""
            . ($isSecret ? '' : self::escape($value)) . '" placeholder="' . ($isSecret && $value !== '' ? '••••••••••••' : '')
            . '" autocomplete="new-password">';
    }

    /** @return array<string, array<string, string>> */
    private function choices(): array
    {
        return [
            'late_policy' => ['complete' => $this->panel->say('text_late_complete'), 'hold' => $this->panel->say('text_late_hold')],
            'debug' => ['0' => $this->panel->say('text_off'), '1' => $this->panel->say('text_on')],
        ];
    }

    private static function escape(string $text): string
    {
        return htmlspecialchars($text, ENT_QUOTES, 'UTF-8');
    }
}
