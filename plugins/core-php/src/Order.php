<?php

declare(strict_types=1);

namespace UsdtShop;

use UsdtClient\Decimal;

/** An order as it stands in the platform's database. */
final class Order
{
    /** @var int */
    public $id;
    /** @var int|string As the platform names it. */
    public $state;
    /** @var int */
    public $customerId;
    /** @var string What it costs, in the currency of the shop's totals. */
    public $total;
    /** @var string */
    public $currency;
    /** @var bool Whether it is to be paid by this plugin's method. */
    public $isOurs;

    /** @param int|string $state */
    public function __construct(int $id, $state, int $customerId, string $total, string $currency, bool $isOurs)
    {
        $this->id = $id;
        $this->state = $state;
        $this->customerId = $customerId;
        $this->total = $total;
        $this->currency = $currency;
        $this->isOurs = $isOurs;
    }

    /** Whether it still costs what a payment was made for. */
    public function stillCosts(PaymentRow $row): bool
    {
        return $this->currency === $row->priceCurrency && Decimal::compare($this->total, $row->priceAmount) === 0;
    }
}
