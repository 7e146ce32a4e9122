<?php

declare(strict_types=1);

namespace UsdtCheckout\Whmcs;

use UsdtCheckout\Whmcs\UsdtShop\Settings;

/** The settings, which WHMCS shows, encrypts and stores by itself. */
final class WhmcsSettings extends Settings
{
    private const DEFAULTS = [
        'gateway_url' => '',
        'api_key' => '',
        'api_secret' => '',
        'late_policy' => 'complete',
        'tolerance' => '0',
        'debug' => '0',
    ];

    public function isOn(): bool
    {
        return !empty($this->stored()['type']);
    }

    /** What another project has said says nothing of the one that is set now. */
    public function project(): array
    {
        $project = parent::project();
        return ($project['of'] ?? null) === $this->fingerprint() ? $project : [];
    }

    public function keepProject(array $changes): void
    {
        parent::keepProject(['of' => $this->fingerprint()] + $changes);
    }

    protected function defaults(): array
    {
        return self::DEFAULTS;
    }

    protected function load(): array
    {
        $values = array_filter(array_intersect_key($this->stored(), self::DEFAULTS), 'is_string');
        // WHMCS takes what was written into the form as HTML.
        $values = array_map(static function (string $value): string {
            return html_entity_decode($value, ENT_QUOTES, 'UTF-8');
        }, $values);
        $values['gateway_url'] = rtrim(trim($values['gateway_url'] ?? ''), '/');
        $values['tolerance'] = strtr($values['tolerance'] ?? '0', ',', '.');
        $values['debug'] = ($values['debug'] ?? '') === 'on' ? '1' : '0';
        return $values;
    }

    protected function store(array $values): void
    {
        throw new \LogicException('WHMCS stores the settings');
    }

    /** @return array<string, mixed> */
    private function stored(): array
    {
        return (array) getGatewayVariables(Whmcs::MODULE);
    }

    private function fingerprint(): string
    {
        return hash('sha256', $this->text('gateway_url') . ' ' . $this->text('api_key'));
    }
}
