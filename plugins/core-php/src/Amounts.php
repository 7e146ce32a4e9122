<?php

declare(strict_types=1);

namespace UsdtShop;

/** Decimal text, digit by digit. */
final class Amounts
{
    public static function add(string $left, string $right): string
    {
        [$a, $b] = [explode('.', $left) + [1 => ''], explode('.', $right) + [1 => '']];
        $decimals = max(strlen($a[1]), strlen($b[1]));
        $digits = [];
        foreach ([$a, $b] as $number) {
            $digits[] = strrev($number[0] . str_pad($number[1], $decimals, '0'));
        }
        $sum = '';
        $carry = 0;
        for ($at = 0; $at < max(strlen($digits[0]), strlen($digits[1])) || $carry > 0; $at++) {
            $carry += (int) ($digits[0][$at] ?? 0) + (int) ($digits[1][$at] ?? 0);
            $sum .= $carry % 10;
            $carry = intdiv($carry, 10);
        }
        $sum = strrev($sum);
        return $decimals === 0 ? $sum : substr($sum, 0, -$decimals) . '.' . substr($sum, -$decimals);
    }

    /** What is left of an amount; nothing where more is taken than there is. */
    public static function subtract(string $from, string $amount): string
    {
        [$a, $b] = [explode('.', $from) + [1 => ''], explode('.', $amount) + [1 => '']];
        $decimals = max(strlen($a[1]), strlen($b[1]));
        $length = max(strlen($a[0]), strlen($b[0])) + $decimals;
        $digits = [];
        foreach ([$a, $b] as $number) {
            $digits[] = strrev(str_pad($number[0] . str_pad($number[1], $decimals, '0'), $length, '0', STR_PAD_LEFT));
        }
        $left = '';
        $borrow = 0;
        for ($at = 0; $at < $length; $at++) {
            $digit = (int) $digits[0][$at] - (int) $digits[1][$at] - $borrow;
            $borrow = $digit < 0 ? 1 : 0;
            $left .= ($digit + 10) % 10;
        }
        if ($borrow > 0) {
            return '0';
        }
        $left = strrev($left);
        $whole = ltrim(substr($left, 0, $length - $decimals), '0');
        return ($whole === '' ? '0' : $whole) . ($decimals === 0 ? '' : '.' . substr($left, -$decimals));
    }

    /** A number of the database with so many decimals; a half is rounded up. */
    public static function round(string $number, int $decimals): string
    {
        [$whole, $fraction] = explode('.', $number) + [1 => ''];
        $fraction = str_pad($fraction, $decimals + 1, '0');
        $cut = $decimals === 0 ? $whole : "$whole." . substr($fraction, 0, $decimals);
        if ($fraction[$decimals] < '5') {
            return $cut;
        }
        return self::add($cut, $decimals === 0 ? '1' : '0.' . str_pad('1', $decimals, '0', STR_PAD_LEFT));
    }
}
