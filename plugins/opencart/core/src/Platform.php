<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

/** What OpenCart 3 and OpenCart 4 do in different ways. */
interface Platform
{
    /** Its name and version, for the gateway's log. */
    public function userAgent(): string;

    /** The address of the shop in its configuration. */
    public function home(): string;

    /**
     * The address of one of the plugin's actions, in the shop where the payer is.
     *
     * @param array<string, string> $query
     */
    public function link(string $action, array $query = []): string;

    /** The page that thanks for an order. */
    public function successUrl(): string;

    /**
     * The code of an order's payment method.
     *
     * @param array<string, string|null> $order
     */
    public function paymentCode(array $order): string;

    public function addHistory(int $orderId, int $statusId, string $comment, bool $tellsCustomer): void;

    /** Keeps a transaction where the platform has a place for it. */
    public function keepTransaction(int $orderId, string $txid): void;

    /** To the shop's owner. */
    public function mail(string $subject, string $text): void;

    public function log(string $message): void;

    /** @return int[] The states of orders whose goods are taken from the stock. */
    public function takingStates(): array;

    /** @return int[] The states of orders that are done. */
    public function completeStates(): array;

    /** Whether the shop sells what it does not have. */
    public function sellsWithoutStock(): bool;

    /** The currency in which OpenCart stores totals. */
    public function currency(): string;
}
