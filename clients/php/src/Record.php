<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * What the gateway told, read-only: `if ($payment->status = 'paid')` is an error, not a gift. What is `null` was not
 * told.
 *
 * @property-read array<string, mixed> $raw All that came, also what this version does not know.
 */
abstract class Record implements \JsonSerializable
{
    /** @var array<string, mixed> */
    private $values;

    /**
     * @internal
     * @param array<string, mixed> $values
     * @param array<string, mixed> $raw
     */
    final public function __construct(array $values, array $raw)
    {
        $this->values = $values + ['raw' => $raw];
    }

    /** @return mixed */
    final public function __get(string $name)
    {
        if (!array_key_exists($name, $this->values)) {
            throw new InvalidArgument(static::class . " has no field $name: `raw` holds all that came");
        }
        return $this->values[$name];
    }

    final public function __isset(string $name): bool
    {
        return isset($this->values[$name]);
    }

    /** @param mixed $value */
    final public function __set(string $name, $value): void
    {
        throw new InvalidArgument(static::class . " is read-only: $name was to be set");
    }

    final public function __unset(string $name): void
    {
        throw new InvalidArgument(static::class . " is read-only: $name was to be unset");
    }

    /** @return array<string, mixed> */
    final public function jsonSerialize(): array
    {
        return $this->values['raw'];
    }
}
