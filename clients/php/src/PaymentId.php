<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * A payment's ID: a whole number of up to 53 bits, as text, since integers may have 32 bits.
 *
 * @internal
 */
final class PaymentId
{
    private const LARGEST = '9007199254740991';

    /** @param mixed $value */
    public static function parse($value): ?string
    {
        $text = is_int($value) ? (string) $value : $value;
        if (!is_string($text) || !preg_match('/^0{0,15}([1-9][0-9]{0,15})$/D', $text, $match)) {
            return null;
        }
        $digits = $match[1];
        $isTooLarge = strlen($digits) === strlen(self::LARGEST) && strcmp($digits, self::LARGEST) > 0;
        return $isTooLarge ? null : $digits;
    }

    /**
     * One that a program hands in.
     *
     * @param mixed $value
     */
    public static function require($value): string
    {
        $id = self::parse($value);
        if ($id === null) {
            throw new InvalidArgument('payment_id must be the number that the gateway gave, up to 53 bits');
        }
        return $id;
    }
}
