<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * A payment, as the gateway tells of it.
 *
 * @property-read string $paymentId
 * @property-read string $orderId
 * @property-read string $status `pending`, `paid`, `expired` or `failed`; another word may come with a later gateway.
 * @property-read string $amount What you asked for.
 * @property-read string $payAmount What the payer must send.
 * @property-read string $currency
 * @property-read string $network
 * @property-read string $address
 * @property-read string $paymentUrl Redirect the payer to it.
 * @property-read \DateTimeImmutable $expiresAt
 * @property-read int $expiresIn Seconds left by the gateway's clock.
 * @property-read \DateTimeImmutable $serverTime
 * @property-read int $confirmations
 * @property-read int $requiredConfirmations
 * @property-read int $version Grows with every change.
 * @property-read string|null $description
 * @property-read array<string, string>|null $metadata
 * @property-read string|null $successUrl
 * @property-read string|null $failUrl
 * @property-read string|null $txid Seen, and not yet paid: only `isPaid` says that.
 * @property-read string|null $receivedAmount
 * @property-read \DateTimeImmutable|null $paidAt
 * @property-read bool $late
 * @property-read Money|null $unmatched It waits for a decision, and has not paid.
 * @property-read Money|null $arriving It is not final, and has not paid.
 * @property-read int|null $chainDelay Seconds by which the gateway reads the chain late.
 * @property-read Price|null $price
 * @property-read \DateTimeImmutable|null $createdAt Only in lists and beside the timeline.
 */
final class Payment extends Record
{
    use Comparable;

    /** @internal */
    public static function read(Fields $fields): self
    {
        return new self([
            'paymentId' => $fields->paymentId(),
            'orderId' => $fields->text('order_id'),
            'status' => $fields->text('status'),
            'amount' => $fields->decimal('amount'),
            'payAmount' => $fields->decimal('pay_amount'),
            'currency' => $fields->text('currency'),
            'network' => $fields->text('network'),
            'address' => $fields->text('address'),
            'paymentUrl' => $fields->text('payment_url'),
            'expiresAt' => $fields->date('expires_at'),
            'expiresIn' => $fields->integer('expires_in'),
            'serverTime' => $fields->date('server_time'),
            'confirmations' => $fields->integer('confirmations'),
            'requiredConfirmations' => $fields->integer('required_confirmations'),
            'version' => $fields->integer('version'),
            'description' => $fields->optionalText('description'),
            'metadata' => $fields->optionalTexts('metadata'),
            'successUrl' => $fields->optionalText('success_url'),
            'failUrl' => $fields->optionalText('fail_url'),
            'txid' => $fields->optionalText('txid'),
            'receivedAmount' => $fields->optionalDecimal('received_amount'),
            'paidAt' => $fields->optionalDate('paid_at'),
            'late' => $fields->flag('late'),
            'unmatched' => Money::optional($fields->optionalObject('unmatched')),
            'arriving' => Money::optional($fields->optionalObject('arriving')),
            'chainDelay' => $fields->optionalInteger('chain_delay'),
            'price' => Price::optional($fields->optionalObject('price')),
            'createdAt' => $fields->optionalDate('created_at'),
        ], $fields->raw());
    }

    /** Whether its status is `paid`, and nothing else. */
    public function isPaid(): bool
    {
        return $this->status === 'paid';
    }
}
