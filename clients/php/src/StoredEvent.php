<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * A webhook event, as the gateway keeps it.
 *
 * @property-read string $eventId
 * @property-read string $type
 * @property-read string|null $paymentId
 * @property-read string $state `pending`, `delivered`, `failed` or `no_url`
 * @property-read \DateTimeImmutable $createdAt
 * @property-read int $attempts
 * @property-read \DateTimeImmutable|null $nextAttemptAt
 * @property-read string|null $body The exact bytes that every attempt sends. Not in lists.
 * @property-read Attempt[]|null $deliveries Not in lists.
 */
final class StoredEvent extends Record
{
    /** @internal */
    public static function read(Fields $fields): self
    {
        $isWhole = isset($fields->raw()['deliveries']);
        return new self([
            'eventId' => $fields->text('event_id'),
            'type' => $fields->text('type'),
            'paymentId' => $fields->optionalPaymentId(),
            'state' => $fields->text('state'),
            'createdAt' => $fields->date('created_at'),
            'attempts' => $fields->integer('attempts'),
            'nextAttemptAt' => $fields->optionalDate('next_attempt_at'),
            'body' => $fields->optionalText('body'),
            'deliveries' => $isWhole ? array_map([Attempt::class, 'read'], $fields->objects('deliveries')) : null,
        ], $fields->raw());
    }
}
