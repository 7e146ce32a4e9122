<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * A transfer that pays nothing by itself.
 *
 * @property-read string $reviewId
 * @property-read string $txid
 * @property-read string $amount
 * @property-read string $from
 * @property-read string $address
 * @property-read \DateTimeImmutable $receivedAt
 * @property-read \DateTimeImmutable $recordedAt
 * @property-read string|null $reason
 * @property-read string $state
 * @property-read string|null $paymentId
 * @property-read Candidate[] $candidates Guesses: ask the payer.
 */
final class Review extends Record
{
    /** @internal */
    public static function read(Fields $fields): self
    {
        return new self([
            'reviewId' => $fields->text('review_id'),
            'txid' => $fields->text('txid'),
            'amount' => $fields->decimal('amount'),
            'from' => $fields->text('from'),
            'address' => $fields->text('address'),
            'receivedAt' => $fields->date('received_at'),
            'recordedAt' => $fields->date('recorded_at'),
            'reason' => $fields->optionalText('reason'),
            'state' => $fields->text('state'),
            'paymentId' => $fields->optionalPaymentId(),
            'candidates' => array_map([Candidate::class, 'read'], $fields->objects('candidates')),
        ], $fields->raw());
    }
}
