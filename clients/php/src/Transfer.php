<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * A transfer that an event tells of. It has not paid.
 *
 * @property-read string $txid
 * @property-read string $amount
 * @property-read string|null $from
 * @property-read string|null $address
 */
final class Transfer extends Record
{
    /** @internal */
    public static function optional(?Fields $fields): ?self
    {
        return $fields === null ? null : new self([
            'txid' => $fields->text('txid'),
            'amount' => $fields->decimal('amount'),
            'from' => $fields->optionalText('from'),
            'address' => $fields->optionalText('address'),
        ], $fields->raw());
    }
}
