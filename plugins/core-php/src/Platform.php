<?php

declare(strict_types=1);

namespace UsdtShop;

/** What the plugin asks of the platform, apart from its orders. */
interface Platform
{
    /** Its short name, for the gateway. */
    public function name(): string;

    /** The address of the shop in its configuration. */
    public function home(): string;

    /**
     * The address of one of the plugin's actions, in the shop where the payer is.
     *
     * @param array<string, string> $query
     */
    public function link(string $action, array $query = []): string;

    /** The page that thanks for an order. Only its payer is led there. */
    public function successUrl(Order $order): string;

    /** What payers read of an order on the payment's page. */
    public function description(int $orderId): string;

    /** To the shop's owner. */
    public function mail(string $subject, string $text): void;

    public function log(string $message): void;

    /** @return string[] The currencies in which orders are paid. */
    public function currencies(): array;
}
