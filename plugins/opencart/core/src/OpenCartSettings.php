<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

use UsdtCheckout\OpenCart\UsdtShop\Database;
use UsdtCheckout\OpenCart\UsdtShop\Settings;
use UsdtCheckout\OpenCart\UsdtShop\State;

/** OpenCart's settings of the payment method, those of the main shop. */
final class OpenCartSettings extends Settings
{
    /** The method's code, and the settings' too. */
    public const METHOD = 'usdt_checkout';
    public const CODE = 'payment_usdt_checkout';

    private const DEFAULTS = [
        'status' => '0',
        'gateway_url' => '',
        'api_key' => '',
        'api_secret' => '',
        'title' => 'USDT (TRC20)',
        // OpenCart's own states: Pending, Processing, Expired, Pending.
        'pending_status_id' => '1',
        'paid_status_id' => '2',
        'expired_status_id' => '14',
        'held_status_id' => '1',
        'late_policy' => 'complete',
        'tolerance' => '0',
        'geo_zone_id' => '0',
        'sort_order' => '0',
        'debug' => '0',
    ];

    /** @var Database */
    private $database;

    public function __construct(Database $database, State $state, string $userAgent)
    {
        parent::__construct($state, $userAgent);
        $this->database = $database;
    }

    public function isOn(): bool
    {
        return $this->text('status') === '1';
    }

    /** @return int[] The states in which an order waits for its payment; 0 is that of one that was not confirmed yet. */
    public function waitingStates(): array
    {
        return [0, $this->number('pending_status_id'), $this->number('expired_status_id'), $this->number('held_status_id')];
    }

    public function remove(): void
    {
        $this->database->run('DELETE FROM {setting} WHERE code = ?', [self::CODE]);
    }

    protected function defaults(): array
    {
        return self::DEFAULTS;
    }

    protected function load(): array
    {
        $rows = $this->database->rows('SELECT `key`, value FROM {setting} WHERE code = ? AND store_id = 0', [self::CODE]);
        $values = [];
        foreach ($rows as $row) {
            $values[substr((string) $row['key'], strlen(self::CODE) + 1)] = $row['value'];
        }
        return $values;
    }

    protected function store(array $values): void
    {
        $this->database->run('DELETE FROM {setting} WHERE code = ? AND store_id = 0', [self::CODE]);
        foreach ($values as $name => $value) {
            $this->database->run(
                'INSERT INTO {setting} (store_id, code, `key`, value, serialized) VALUES (0, ?, ?, ?, 0)',
                [self::CODE, self::CODE . "_$name", $value]
            );
        }
    }
}
