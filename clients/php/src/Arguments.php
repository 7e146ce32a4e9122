<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * What a program hands in by name.
 *
 * @internal
 */
final class Arguments
{
    /**
     * A name that is not known would be lost in silence.
     *
     * @param array<string, mixed> $given
     * @param string[] $known
     */
    public static function known(array $given, array $known): void
    {
        foreach (array_keys($given) as $name) {
            if (!in_array($name, $known, true)) {
                throw new InvalidArgument("$name is not known: there are " . implode(', ', $known));
            }
        }
    }

    /** @param mixed $value */
    public static function text($value, string $name): string
    {
        if (!is_string($value) || $value === '') {
            throw new InvalidArgument("$name must be a string that is not empty");
        }
        return $value;
    }

    /**
     * One segment of a path.
     *
     * @param mixed $value
     */
    public static function segment($value, string $name): string
    {
        $segment = rawurlencode(self::text($value, $name));
        if ($segment === '.' || $segment === '..') {
            throw new InvalidArgument("$name must be what the gateway gave");
        }
        return $segment;
    }

    /**
     * A moment as the gateway's filters take it.
     *
     * @param mixed $value
     */
    public static function time($value, string $name): ?string
    {
        if ($value instanceof \DateTimeInterface) {
            $moment = new \DateTimeImmutable($value->format('Y-m-d\TH:i:sP'));
            return $moment->setTimezone(new \DateTimeZone('UTC'))->format('Y-m-d\TH:i:s\Z');
        }
        return $value === null ? null : self::text($value, $name);
    }

    /** @param mixed $clock */
    public static function clock($clock): Clock
    {
        if ($clock !== null && !$clock instanceof Clock) {
            throw new InvalidArgument('clock must be a ' . Clock::class);
        }
        return $clock ?? new SystemClock();
    }
}
