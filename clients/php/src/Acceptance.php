<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * What an accepted review has done.
 *
 * @property-read string $result `paid`, or `added` to a payment that was paid
 * @property-read Payment $payment
 */
final class Acceptance extends Record
{
    /** @internal */
    public static function read(Fields $fields): self
    {
        return new self([
            'result' => $fields->text('result'),
            'payment' => Payment::read($fields->object('payment')),
        ], $fields->raw());
    }
}
