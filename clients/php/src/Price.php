<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * The price in another currency from which the amount was made.
 *
 * @property-read string $amount
 * @property-read string $currency
 * @property-read string $rate
 * @property-read string $marginPercent
 * @property-read \DateTimeImmutable $ratedAt
 */
final class Price extends Record
{
    /** @internal */
    public static function optional(?Fields $fields): ?self
    {
        return $fields === null ? null : new self([
            'amount' => $fields->decimal('amount'),
            'currency' => $fields->text('currency'),
            'rate' => $fields->decimal('rate'),
            'marginPercent' => $fields->text('margin_percent'),
            'ratedAt' => $fields->date('rated_at'),
        ], $fields->raw());
    }
}
