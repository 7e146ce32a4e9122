<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * An event that a webhook brought, once its signature is right. What has another form than it must have is `null`.
 *
 * @property-read string $type `payment.paid`, `payment.expired`, `payment.review`, `payment.seen`, `test`, a later one,
 *     or `unknown`
 * @property-read int|null $appId
 * @property-read string|null $paymentId
 * @property-read string|null $orderId
 * @property-read string|null $amount What you asked for.
 * @property-read string|null $payAmount
 * @property-read string|null $currency
 * @property-read string|null $network
 * @property-read string|null $txid
 * @property-read \DateTimeImmutable|null $paidAt
 * @property-read bool $late Paid after its window: prices or stock may have changed.
 * @property-read string|null $receivedAmount What arrived, where somebody accepted another amount.
 * @property-read \DateTimeImmutable|null $at When the gateway found it.
 * @property-read \DateTimeImmutable|null $expiresAt
 * @property-read string|null $reviewId
 * @property-read string|null $reason
 * @property-read Transfer|null $transfer
 * @property-read array<string, string>|null $metadata
 */
final class Event extends Record
{
    use Comparable;

    private const PAID = 'payment.paid';

    /**
     * @internal
     * @param array<string, mixed> $raw
     */
    public static function of(array $raw): self
    {
        $fields = new Fields($raw, true);
        return new self([
            'type' => self::typeOf($raw),
            'appId' => $fields->optionalInteger('app_id'),
            'paymentId' => $fields->optionalPaymentId(),
            'orderId' => $fields->optionalText('order_id'),
            'amount' => $fields->optionalDecimal('amount'),
            'payAmount' => $fields->optionalDecimal('pay_amount'),
            'currency' => $fields->optionalText('currency'),
            'network' => $fields->optionalText('network'),
            'txid' => $fields->optionalText('txid'),
            'paidAt' => $fields->optionalDate('paid_at'),
            'late' => $fields->flag('late'),
            'receivedAmount' => $fields->optionalDecimal('received_amount'),
            'at' => $fields->optionalDate('at'),
            'expiresAt' => $fields->optionalDate('expires_at'),
            'reviewId' => $fields->optionalText('review_id'),
            'reason' => $fields->optionalText('reason'),
            'transfer' => self::transfer($fields),
            'metadata' => $fields->optionalTexts('metadata'),
        ], $raw);
    }

    /** Whether it says that a payment is paid: the only thing to deliver for. */
    public function isPaid(): bool
    {
        return $this->type === self::PAID
            && ($this->raw['status'] ?? null) === 'paid'
            && $this->paymentId !== null
            && $this->orderId !== null
            && $this->amount !== null;
    }

    /**
     * The published form has no type.
     *
     * @param array<string, mixed> $raw
     */
    private static function typeOf(array $raw): string
    {
        if (!array_key_exists('type', $raw)) {
            return ($raw['status'] ?? null) === 'paid' ? self::PAID : 'unknown';
        }
        return is_string($raw['type']) && $raw['type'] !== '' ? $raw['type'] : 'unknown';
    }

    private static function transfer(Fields $fields): ?Transfer
    {
        try {
            return Transfer::optional($fields->optionalObject('transfer'));
        } catch (Malformed $malformed) {
            return null;
        }
    }
}
