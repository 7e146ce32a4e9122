<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * What was paid on the simulated chain.
 *
 * @property-read string[] $txids
 * @property-read string $amount
 */
final class TestPay extends Record
{
    /** @internal */
    public static function read(Fields $fields): self
    {
        return new self([
            'txids' => $fields->texts('txids'),
            'amount' => $fields->decimal('amount'),
        ], $fields->raw());
    }
}
