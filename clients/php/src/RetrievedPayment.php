<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * A payment and what has become of it.
 *
 * @property-read Payment $payment
 * @property-read TimelineEntry[] $timeline
 */
final class RetrievedPayment extends Record
{
    /** @internal */
    public static function read(Fields $fields): self
    {
        return new self([
            'payment' => Payment::read($fields->object('payment')),
            'timeline' => array_map([TimelineEntry::class, 'read'], $fields->objects('timeline')),
        ], $fields->raw());
    }
}
