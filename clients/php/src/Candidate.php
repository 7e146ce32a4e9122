<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * A payment for which a transfer may have been meant.
 *
 * @property-read string $paymentId
 * @property-read string $orderId
 * @property-read string $status
 * @property-read string $payAmount
 * @property-read string $why
 */
final class Candidate extends Record
{
    /** @internal */
    public static function read(Fields $fields): self
    {
        return new self([
            'paymentId' => $fields->paymentId(),
            'orderId' => $fields->text('order_id'),
            'status' => $fields->text('status'),
            'payAmount' => $fields->decimal('pay_amount'),
            'why' => $fields->text('why'),
        ], $fields->raw());
    }
}
