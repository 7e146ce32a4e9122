<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

use UsdtCheckout\OpenCart\UsdtClient\Client;
use UsdtCheckout\OpenCart\UsdtClient\Decimal;

/** What the merchant has set: OpenCart's settings of the payment method, those of the main shop. */
final class Settings
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
    /** @var State */
    private $state;
    /** @var string */
    private $userAgent;
    /** @var array<string, string>|null */
    private $values;

    public function __construct(Database $database, State $state, string $userAgent)
    {
        $this->database = $database;
        $this->state = $state;
        $this->userAgent = $userAgent;
    }

    public function text(string $name): string
    {
        return $this->values()[$name];
    }

    public function number(string $name): int
    {
        return (int) $this->values()[$name];
    }

    /** @return array<string, string> */
    public function values(): array
    {
        if ($this->values === null) {
            $values = self::DEFAULTS;
            $rows = $this->database->rows('SELECT `key`, value FROM {setting} WHERE code = ? AND store_id = 0', [self::CODE]);
            foreach ($rows as $row) {
                $name = substr((string) $row['key'], strlen(self::CODE) + 1);
                if (isset($values[$name])) {
                    $values[$name] = trim((string) $row['value']);
                }
            }
            $this->values = $values;
        }
        return $this->values;
    }

    /** @param array<string, string> $changes */
    public function save(array $changes): void
    {
        $before = [$this->text('gateway_url'), $this->text('api_key')];
        $values = array_intersect_key($changes, self::DEFAULTS) + $this->values();
        $this->database->run('DELETE FROM {setting} WHERE code = ? AND store_id = 0', [self::CODE]);
        foreach ($values as $name => $value) {
            $this->database->run(
                'INSERT INTO {setting} (store_id, code, `key`, value, serialized) VALUES (0, ?, ?, ?, 0)',
                [self::CODE, self::CODE . "_$name", $value]
            );
        }
        $this->values = $values;
        if ($before !== [$this->text('gateway_url'), $this->text('api_key')]) {
            // What another project has said says nothing of this one.
            $this->state->put('project', []);
        }
    }

    public function isOn(): bool
    {
        return $this->text('status') === '1';
    }

    public function isComplete(): bool
    {
        return $this->text('gateway_url') !== '' && $this->text('api_key') !== '' && $this->text('api_secret') !== '';
    }

    public function isTest(): bool
    {
        return strncmp($this->text('api_key'), 'pk_test_', 8) === 0;
    }

    public function tolerance(): string
    {
        return Decimal::isDecimal($this->text('tolerance')) ? $this->text('tolerance') : '0';
    }

    /** @return int[] The states in which an order waits for its payment; 0 is that of one that was not confirmed yet. */
    public function waitingStates(): array
    {
        return [0, $this->number('pending_status_id'), $this->number('expired_status_id'), $this->number('held_status_id')];
    }

    public function client(float $timeout = 15.0): Client
    {
        return new Client($this->text('gateway_url'), $this->text('api_key'), $this->text('api_secret'), [
            'timeout' => $timeout,
            'user_agent' => 'plugin/' . Plugin::VERSION . ' ' . $this->userAgent,
        ]);
    }

    /** @return array<string, mixed> What the gateway said when it was last asked. */
    public function project(): array
    {
        return $this->state->get('project');
    }

    /** @param array<string, mixed> $changes */
    public function keepProject(array $changes): void
    {
        $this->state->put('project', $changes + $this->project());
    }

    /** Seconds for which money may still come after a payment's time is over. */
    public function quarantine(): int
    {
        $seconds = $this->project()['quarantine_seconds'] ?? 0;
        return is_int($seconds) && $seconds > 0 ? $seconds : 24 * Payments::HOUR;
    }

    /** The key of the address that starts the regular check. */
    public function cronKey(): string
    {
        return (string) $this->state->getOrAdd('cron', ['key' => bin2hex(random_bytes(16))])['key'];
    }
}
