<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

use UsdtCheckout\OpenCart\UsdtClient\Decimal;
use UsdtCheckout\OpenCart\UsdtShop\AdminPanel;

/** The settings in OpenCart's administration. */
final class Administration
{
    private const CHOICES = ['late_policy' => ['complete', 'hold'], 'status' => ['0', '1'], 'debug' => ['0', '1']];
    private const STATES = ['pending_status_id', 'paid_status_id', 'expired_status_id', 'held_status_id'];

    /** @var OpenCartPlugin */
    private $plugin;
    /** @var OpenCart */
    private $openCart;
    /** @var AdminPanel */
    private $panel;

    public function __construct(OpenCartPlugin $plugin, OpenCart $openCart)
    {
        $this->plugin = $plugin;
        $this->openCart = $openCart;
        $this->panel = new AdminPanel($plugin, require __DIR__ . '/../language.php');
    }

    /** @return array<string, string> The texts of a template. */
    public function texts(): array
    {
        return [
            'heading_title' => $this->panel->say('heading_title'),
            'text_edit' => $this->panel->say('text_edit'),
            'text_extension' => $this->panel->say('text_extension'),
        ];
    }

    public function saved(): string
    {
        return $this->panel->say('text_success');
    }

    public function refusal(): string
    {
        return $this->panel->say('error_permission');
    }

    /**
     * The fields of the settings, for the templates.
     *
     * @param array<int, array<string, mixed>> $statuses OpenCart's states of orders.
     * @param array<int, array<string, mixed>> $zones OpenCart's geo zones.
     * @return array<int, array<string, mixed>>
     */
    public function fields(array $statuses, array $zones): array
    {
        $states = array_column($statuses, 'name', 'order_status_id');
        $paid = array_intersect_key($states, array_flip($this->paidStates()));
        $waiting = array_diff_key($states, array_flip($this->openCart->completeStates()));
        $options = [
            'status' => ['0' => $this->panel->say('text_off'), '1' => $this->panel->say('text_on')],
            'pending_status_id' => $waiting,
            'paid_status_id' => $paid,
            'expired_status_id' => $waiting,
            'held_status_id' => $waiting,
            'late_policy' => ['complete' => $this->panel->say('text_late_complete'), 'hold' => $this->panel->say('text_late_hold')],
            'geo_zone_id' => ['0' => $this->panel->say('text_all_zones')] + array_column($zones, 'name', 'geo_zone_id'),
            'debug' => ['0' => $this->panel->say('text_off'), '1' => $this->panel->say('text_on')],
        ];
        $fields = [];
        foreach ($this->plugin->settings->values() as $name => $value) {
            $fields[] = [
                'name' => OpenCartSettings::CODE . "_$name",
                'label' => $this->panel->say("entry_$name"),
                'help' => $this->panel->say("help_$name"),
                'value' => $name === 'api_secret' ? '' : self::escape($value),
                'type' => isset($options[$name]) ? 'select' : ($name === 'api_secret' ? 'password' : 'text'),
                'placeholder' => $name === 'api_secret' && $value !== '' ? '••••••••••••' : '',
                'options' => $options[$name] ?? [],
            ];
        }
        return $fields;
    }

    /**
     * Takes the form. OpenCart has made HTML of what was posted.
     *
     * @param array<string, mixed> $post
     * @return string[] What is wrong; where nothing is, it is saved.
     */
    public function save(array $post): array
    {
        $given = [];
        foreach (array_keys($this->plugin->settings->values()) as $name) {
            $value = $post[OpenCartSettings::CODE . "_$name"] ?? null;
            if (is_string($value)) {
                $given[$name] = trim(html_entity_decode($value, ENT_QUOTES, 'UTF-8'));
            }
        }
        if (($given['api_secret'] ?? '') === '') {
            unset($given['api_secret']);
        }
        $given += $this->plugin->settings->values();
        $given['gateway_url'] = rtrim($given['gateway_url'], '/');
        $given['tolerance'] = $given['tolerance'] === '' ? '0' : strtr($given['tolerance'], ',', '.');
        $errors = $this->errors($given);
        if ($errors === []) {
            $this->plugin->settings->save($given);
        }
        return $errors;
    }

    /**
     * @param array<string, string> $values
     * @return string[]
     */
    private function errors(array $values): array
    {
        $errors = [];
        if ($values['gateway_url'] !== '' && !preg_match('~^https?://[^/\s]+$~D', $values['gateway_url'])) {
            $errors[] = $this->panel->say('error_gateway_url');
        }
        if (!Decimal::isDecimal($values['tolerance'])) {
            $errors[] = $this->panel->say('error_tolerance');
        }
        foreach (self::CHOICES as $name => $choices) {
            if (!in_array($values[$name], $choices, true)) {
                $errors[] = $this->panel->say("entry_$name");
            }
        }
        $paid = (int) $values['paid_status_id'];
        $others = array_map('intval', array_intersect_key($values, array_flip(array_diff(self::STATES, ['paid_status_id']))));
        if (!in_array($paid, $this->paidStates(), true) || in_array($paid, $others, true)) {
            $errors[] = $this->panel->say('error_paid_status');
        }
        if (array_intersect($others, $this->openCart->completeStates()) !== [] || $others['pending_status_id'] === $others['expired_status_id']) {
            $errors[] = $this->panel->say('error_waiting_status');
        }
        return $errors;
    }

    /** What stands above the settings, and beside an order, and what its buttons do. */
    public function panel(): AdminPanel
    {
        return $this->panel;
    }

    /** @return int[] The states that an order may get when it is paid: OpenCart takes the goods in these. */
    private function paidStates(): array
    {
        return array_values(array_unique([...$this->openCart->takingStates(), ...$this->openCart->completeStates()]));
    }

    private static function escape(string $text): string
    {
        return htmlspecialchars($text, ENT_QUOTES, 'UTF-8');
    }
}
