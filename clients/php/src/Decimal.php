<?php

declare(strict_types=1);

namespace UsdtClient;

/** Amounts as decimal text, compared exactly, without floats. */
final class Decimal
{
    /**
     * Whether it is decimal text such as `50.00`: digits with at most one point between them.
     *
     * @param mixed $value
     */
    public static function isDecimal($value): bool
    {
        return is_string($value) && preg_match('/^[0-9]+(\.[0-9]+)?$/D', $value) === 1;
    }

    /**
     * Decimal text that a program hands in.
     *
     * @param mixed $value
     */
    public static function require($value, string $name): string
    {
        if (is_int($value) || is_float($value)) {
            throw new InvalidArgument("$name is a number: give a decimal string such as \"50.00\"");
        }
        if (!self::isDecimal($value)) {
            throw new InvalidArgument("$name must be a decimal string such as \"50.00\"");
        }
        return $value;
    }

    /**
     * Below 0 where the first is less, 0 where both are the same, else above 0. `50.00` is `50`.
     *
     * @param mixed $left
     * @param mixed $right
     */
    public static function compare($left, $right): int
    {
        [$a, $decimalsOfA] = self::split(self::require($left, 'amount'));
        [$b, $decimalsOfB] = self::split(self::require($right, 'amount'));
        $decimals = max(strlen($decimalsOfA), strlen($decimalsOfB));
        // Digits of one length compare as the numbers do.
        $length = max(strlen($a), strlen($b));
        return strcmp(
            str_pad($a, $length, '0', STR_PAD_LEFT) . str_pad($decimalsOfA, $decimals, '0'),
            str_pad($b, $length, '0', STR_PAD_LEFT) . str_pad($decimalsOfB, $decimals, '0')
        );
    }

    /** @return array{string, string} Whole digits and decimals. */
    private static function split(string $amount): array
    {
        $parts = explode('.', $amount);
        return [$parts[0], $parts[1] ?? ''];
    }
}
