<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * What the receiver answered to a test.
 *
 * @property-read bool $delivered
 * @property-read string $webhookUrl
 * @property-read string $eventId
 * @property-read \DateTimeImmutable $at
 * @property-read int $durationMs
 * @property-read int|null $httpStatus
 * @property-read string|null $error
 * @property-read string|null $excerpt
 * @property-read string $body
 */
final class WebhookTest extends Record
{
    /** @internal */
    public static function read(Fields $fields): self
    {
        return new self([
            'delivered' => $fields->flag('delivered'),
            'webhookUrl' => $fields->text('webhook_url'),
            'eventId' => $fields->text('event_id'),
            'at' => $fields->date('at'),
            'durationMs' => $fields->integer('duration_ms'),
            'httpStatus' => $fields->optionalInteger('http_status'),
            'error' => $fields->optionalText('error'),
            'excerpt' => $fields->optionalText('excerpt'),
            'body' => $fields->text('body'),
        ], $fields->raw());
    }
}
