<?php

declare(strict_types=1);

namespace UsdtShop;

/** One attempt to pay an order, as it is stored. */
final class PaymentRow
{
    /** @var string The order ID at the gateway: `<shop>-<order>-<attempt>`. */
    public $reference;
    /** @var string|null */
    public $paymentId;
    /** @var string Names the attempt in addresses that the gateway shows to everybody. */
    public $token;
    /** @var int */
    public $orderId;
    /** @var int */
    public $attempt;
    /** @var string */
    public $priceAmount;
    /** @var string */
    public $priceCurrency;
    /** @var string|null In USDT. */
    public $amount;
    /** @var string|null */
    public $paymentUrl;
    /** @var string */
    public $state;
    /** @var string|null Why a person has to look. */
    public $reason;
    /** @var string|null */
    public $txid;
    /** @var string|null */
    public $receivedAmount;
    /** @var int */
    public $createdAt;
    /** @var int|null */
    public $expiresAt;
    /** @var bool Whether a request has begun to complete the order by it. */
    public $isBooking;

    /** @param array<string, string|null> $row */
    public static function read(array $row): self
    {
        $read = new self();
        $read->reference = (string) $row['reference'];
        $read->paymentId = $row['payment_id'];
        $read->token = (string) $row['token'];
        $read->orderId = (int) $row['order_id'];
        $read->attempt = (int) $row['attempt'];
        $read->priceAmount = (string) $row['price_amount'];
        $read->priceCurrency = (string) $row['price_currency'];
        $read->amount = $row['amount'];
        $read->paymentUrl = $row['payment_url'];
        $read->state = (string) $row['state'];
        $read->reason = $row['reason'];
        $read->txid = $row['txid'];
        $read->receivedAmount = $row['received_amount'];
        $read->createdAt = (int) $row['created_at'];
        $read->expiresAt = $row['expires_at'] === null ? null : (int) $row['expires_at'];
        $read->isBooking = (int) $row['is_booking'] === 1;
        return $read;
    }

    /** Whether the gateway is asked for it. */
    public function isOpen(): bool
    {
        return $this->state === Payments::WAITING || $this->state === Payments::EXPIRED;
    }

    public function isOfShop(string $name): bool
    {
        return strncmp($this->reference, "$name-", strlen($name) + 1) === 0;
    }

    /** Whether its money is booked, or written down for a person. */
    public function isTold(): bool
    {
        return in_array($this->state, [Payments::BOOKED, Payments::ATTENTION, Payments::SETTLED], true);
    }
}
