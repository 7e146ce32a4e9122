<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

/** An order as it stands in the database. */
final class Order
{
    /** @var int */
    public $id;
    /** @var int */
    public $statusId;
    /** @var int */
    public $customerId;
    /** @var string What it costs, in the currency of the shop's totals. */
    public $total;
    /** @var string */
    public $currency;
    /** @var bool Whether it is to be paid by this plugin's method. */
    public $isOurs;

    public function __construct(int $id, int $statusId, int $customerId, string $total, string $currency, bool $isOurs)
    {
        $this->id = $id;
        $this->statusId = $statusId;
        $this->customerId = $customerId;
        $this->total = $total;
        $this->currency = $currency;
        $this->isOurs = $isOurs;
    }
}
