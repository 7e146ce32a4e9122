<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * Money that has not paid: it waits for a decision, or is not final yet.
 *
 * @property-read string $amount
 * @property-read string $txid
 */
final class Money extends Record
{
    /** @internal */
    public static function optional(?Fields $fields): ?self
    {
        return $fields === null ? null : new self([
            'amount' => $fields->decimal('amount'),
            'txid' => $fields->text('txid'),
        ], $fields->raw());
    }
}
