<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * One attempt to deliver an event.
 *
 * @property-read int $number
 * @property-read \DateTimeImmutable $at
 * @property-read int $durationMs
 * @property-read bool $delivered
 * @property-read int|null $httpStatus
 * @property-read string|null $error
 * @property-read string|null $excerpt How the receiver's answer began.
 */
final class Attempt extends Record
{
    /** @internal */
    public static function read(Fields $fields): self
    {
        return new self([
            'number' => $fields->integer('number'),
            'at' => $fields->date('at'),
            'durationMs' => $fields->integer('duration_ms'),
            'delivered' => $fields->flag('delivered'),
            'httpStatus' => $fields->optionalInteger('http_status'),
            'error' => $fields->optionalText('error'),
            'excerpt' => $fields->optionalText('excerpt'),
        ], $fields->raw());
    }
}
