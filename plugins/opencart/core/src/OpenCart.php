<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

use UsdtCheckout\OpenCart\UsdtShop\Platform;

/** What OpenCart 3 and OpenCart 4 do in different ways. */
interface OpenCart extends Platform
{
    /** Its name and version, for the gateway's log. */
    public function userAgent(): string;

    /**
     * The code of an order's payment method.
     *
     * @param array<string, string|null> $order
     */
    public function paymentCode(array $order): string;

    public function addHistory(int $orderId, int $statusId, string $comment, bool $tellsCustomer): void;

    /** Keeps a transaction where the platform has a place for it. */
    public function keepTransaction(int $orderId, string $txid): void;

    /** @return int[] The states of orders whose goods are taken from the stock. */
    public function takingStates(): array;

    /** @return int[] The states of orders that are done. */
    public function completeStates(): array;

    /** Whether the shop sells what it does not have. */
    public function sellsWithoutStock(): bool;
}
