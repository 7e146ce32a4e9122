<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * What a project lacks before it goes live.
 *
 * @property-read string $code For programs.
 * @property-read string $message
 */
final class Missing extends Record
{
    /** @internal */
    public static function read(Fields $fields): self
    {
        return new self([
            'code' => $fields->text('code'),
            'message' => $fields->text('message'),
        ], $fields->raw());
    }
}
