<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * An object that came as JSON, read field by field into its types. What `optional…` reads is `null` where it is
 * absent.
 *
 * @internal
 */
final class Fields
{
    /** @var array<string, mixed> */
    private $raw;
    /** @var bool */
    private $isLenient;

    /**
     * @param array<string, mixed> $raw
     * @param bool $isLenient Whether an optional field of another form is `null`, not an error.
     */
    public function __construct(array $raw, bool $isLenient = false)
    {
        $this->raw = $raw;
        $this->isLenient = $isLenient;
    }

    /** Reads bytes that must be a JSON object in UTF-8. */
    public static function decode(string $json): ?array
    {
        // An empty list and an empty object become the same array.
        if (substr(ltrim($json, " \t\r\n"), 0, 1) !== '{') {
            return null;
        }
        $value = json_decode($json, true, 512, JSON_BIGINT_AS_STRING);
        return is_array($value) ? $value : null;
    }

    /** @return array<string, mixed> All that came, also what this version does not know. */
    public function raw(): array
    {
        return $this->raw;
    }

    public function text(string $name): string
    {
        return $this->required($name, $this->optionalText($name));
    }

    public function optionalText(string $name): ?string
    {
        return $this->read($name, 'text', static function ($value): ?string {
            return is_string($value) ? $value : null;
        });
    }

    public function decimal(string $name): string
    {
        return $this->required($name, $this->optionalDecimal($name));
    }

    public function optionalDecimal(string $name): ?string
    {
        return $this->read($name, 'decimal text', static function ($value): ?string {
            return Decimal::isDecimal($value) ? $value : null;
        });
    }

    public function paymentId(string $name = 'payment_id'): string
    {
        return $this->required($name, $this->optionalPaymentId($name));
    }

    public function optionalPaymentId(string $name = 'payment_id'): ?string
    {
        return $this->read($name, 'a payment ID', [PaymentId::class, 'parse']);
    }

    public function date(string $name): \DateTimeImmutable
    {
        return $this->required($name, $this->optionalDate($name));
    }

    /** `2026-07-01 18:00:00` and RFC 3339, both UTC. */
    public function optionalDate(string $name): ?\DateTimeImmutable
    {
        return $this->read($name, 'a time in UTC', static function ($value): ?\DateTimeImmutable {
            $form = '/^(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2}:\d{2})|T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,6})\d*)?Z)$/D';
            if (!is_string($value) || !preg_match($form, $value, $match)) {
                return null;
            }
            $time = $match[1] . ' ' . $match[2] . ($match[3] ?? '');
            $utc = new \DateTimeZone('UTC');
            $date = \DateTimeImmutable::createFromFormat('!Y-m-d H:i:s.u', $time . '.' . ($match[4] ?? '0'), $utc);
            // The 31st of February would be a day of March.
            return $date && $date->format('Y-m-d H:i:s') === $time ? $date : null;
        });
    }

    public function integer(string $name): int
    {
        return $this->required($name, $this->optionalInteger($name));
    }

    public function optionalInteger(string $name): ?int
    {
        return $this->read($name, 'a whole number', static function ($value): ?int {
            return is_int($value) ? $value : null;
        });
    }

    /** Absent is `false`. */
    public function flag(string $name): bool
    {
        return $this->read($name, 'true or false', static function ($value): ?bool {
            return is_bool($value) ? $value : null;
        }) ?? false;
    }

    public function object(string $name): self
    {
        return $this->required($name, $this->optionalObject($name));
    }

    public function optionalObject(string $name): ?self
    {
        return $this->read($name, 'an object', static function ($value): ?self {
            return self::isObject($value) ? new self($value) : null;
        });
    }

    /** @return self[] */
    public function objects(string $name): array
    {
        return $this->list($name, static function ($value): ?self {
            return self::isObject($value) ? new self($value) : null;
        });
    }

    /** @return string[] */
    public function texts(string $name): array
    {
        return $this->list($name, static function ($value): ?string {
            return is_string($value) ? $value : null;
        });
    }

    /** @return array<string, string>|null Texts under names. */
    public function optionalTexts(string $name): ?array
    {
        return $this->read($name, 'texts under names', static function ($value): ?array {
            return is_array($value) && array_filter($value, 'is_string') === $value ? $value : null;
        });
    }

    /** @param mixed $value */
    private static function isObject($value): bool
    {
        return is_array($value) && ($value === [] || array_keys($value) !== range(0, count($value) - 1));
    }

    private function list(string $name, callable $parse): array
    {
        $list = $this->required($name, $this->read($name, 'a list', static function ($value): ?array {
            return is_array($value) ? array_values($value) : null;
        }));
        return array_map(function ($value) use ($name, $parse) {
            return $this->required($name, $parse($value));
        }, $list);
    }

    /** @return mixed */
    private function read(string $name, string $form, callable $parse)
    {
        $value = $this->raw[$name] ?? null;
        if ($value === null) {
            return null;
        }
        $parsed = $parse($value);
        if ($parsed === null && !$this->isLenient) {
            throw new Malformed("$name must be $form");
        }
        return $parsed;
    }

    /**
     * @param mixed $value
     * @return mixed
     */
    private function required(string $name, $value)
    {
        if ($value === null) {
            throw new Malformed("$name is missing");
        }
        return $value;
    }
}
