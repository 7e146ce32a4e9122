<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * One step of a payment.
 *
 * @property-read string $what
 * @property-read \DateTimeImmutable|null $at
 */
final class TimelineEntry extends Record
{
    /** @internal */
    public static function read(Fields $fields): self
    {
        return new self([
            'what' => $fields->text('what'),
            'at' => $fields->optionalDate('at'),
        ], $fields->raw());
    }
}
