<?php

declare(strict_types=1);

namespace UsdtCheckout\PrestaShop;

use UsdtCheckout\PrestaShop\UsdtShop\Settings;
use UsdtCheckout\PrestaShop\UsdtShop\State;

/** The settings in PrestaShop's configuration: one set for all shops of an installation. */
final class PrestaShopSettings extends Settings
{
    private const PREFIX = 'USDT_CHECKOUT_';
    private const DEFAULTS = [
        'gateway_url' => '',
        'api_key' => '',
        'api_secret' => '',
        'title' => 'USDT (TRC20)',
        'late_policy' => 'complete',
        'tolerance' => '0',
        'debug' => '0',
    ];

    /** @var \Module */
    private $module;

    public function __construct(State $state, \Module $module)
    {
        parent::__construct($state, 'prestashop/' . _PS_VERSION_);
        $this->module = $module;
    }

    public function isOn(): bool
    {
        return (bool) $this->module->active;
    }

    public function remove(): void
    {
        foreach (array_keys(self::DEFAULTS) as $name) {
            \Configuration::deleteByName(self::key($name));
        }
    }

    protected function defaults(): array
    {
        return self::DEFAULTS;
    }

    protected function load(): array
    {
        $values = [];
        foreach (array_keys(self::DEFAULTS) as $name) {
            $value = \Configuration::getGlobalValue(self::key($name));
            if ($value !== false && $value !== null) {
                $values[$name] = (string) $value;
            }
        }
        return $values;
    }

    protected function store(array $values): void
    {
        foreach ($values as $name => $value) {
            \Configuration::updateGlobalValue(self::key($name), $value);
        }
    }

    private static function key(string $name): string
    {
        return self::PREFIX . strtoupper($name);
    }
}
