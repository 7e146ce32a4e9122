<?php

declare(strict_types=1);

namespace UsdtShop;

use UsdtClient\Client;
use UsdtClient\Decimal;

/**
 * What the merchant has set. Each platform has `gateway_url`, `api_key`, `api_secret`, `late_policy` (`complete` or
 * `hold`), `tolerance` and `debug`, beside settings of its own.
 */
abstract class Settings
{
    /** @var State */
    private $state;
    /** @var string */
    private $userAgent;
    /** @var array<string, string>|null */
    private $values;

    /** @param string $userAgent The platform's name and version, for the gateway's log. */
    public function __construct(State $state, string $userAgent)
    {
        $this->state = $state;
        $this->userAgent = $userAgent;
    }

    /** @return array<string, string> All settings there are. */
    abstract protected function defaults(): array;

    /** @return array<string, string|null> What the platform has stored. */
    abstract protected function load(): array;

    /** @param array<string, string> $values All settings. */
    abstract protected function store(array $values): void;

    /** Whether payers may choose the method. */
    abstract public function isOn(): bool;

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
            $values = $this->defaults();
            foreach (array_intersect_key($this->load(), $values) as $name => $value) {
                $values[$name] = trim((string) $value);
            }
            $this->values = $values;
        }
        return $this->values;
    }

    /** @param array<string, string> $changes */
    public function save(array $changes): void
    {
        $before = [$this->text('gateway_url'), $this->text('api_key')];
        $values = array_intersect_key($changes, $this->defaults()) + $this->values();
        $this->store($values);
        $this->values = $values;
        if ($before !== [$this->text('gateway_url'), $this->text('api_key')]) {
            // What another project has said says nothing of this one.
            $this->state->put('project', []);
        }
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
