<?php

declare(strict_types=1);

namespace UsdtShop;

use UsdtClient\Event;
use UsdtClient\SignatureError;
use UsdtClient\Webhook;

/** Takes the gateway's webhooks. */
final class Webhooks
{
    /** Seconds to wait for another request that is changing the order. */
    private const WAIT = 3.0;

    /** @var Plugin */
    private $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    /**
     * An answer of the kind 5xx lets the gateway try again.
     *
     * @param array<string, mixed> $headers
     */
    public function receive(string $body, array $headers): Answer
    {
        $secret = $this->plugin->settings->text('api_secret');
        if ($secret === '') {
            return Answer::text(503, 'not set up');
        }
        try {
            $event = (new Webhook($secret))->verify($body, $headers);
        } catch (SignatureError $error) {
            $this->plugin->warn("a webhook is refused: {$error->getReason()}");
            return Answer::text(401, $error->getReason());
        }
        try {
            if ($this->plugin->shop->isMoved()) {
                // Whether it is this shop's is for the merchant to say first.
                return Answer::text(503, 'this shop has another address than the one it was set up for');
            }
            return Answer::text(200, $this->book($event));
        } catch (Busy $busy) {
            return Answer::text(503, 'busy');
        } catch (\Throwable $error) {
            $this->plugin->warn("a webhook is not booked: {$error->getMessage()}");
            return Answer::text(500, 'not booked: the log of the shop says why');
        }
    }

    private function book(Event $event): string
    {
        if ($event->type === 'test') {
            $this->plugin->settings->keepProject(['webhook_tested_at' => time()]);
            return 'test received';
        }
        if ($event->type === 'payment.expired' && $event->paymentId !== null) {
            $row = $this->plugin->payments->findByPaymentId($event->paymentId);
            if ($row !== null) {
                // The gateway's word now, and not the event's, which may be old.
                $this->plugin->reconciliation->check($row);
            }
            return 'received';
        }
        if (!$event->isPaid()) {
            $this->plugin->info("a webhook of type $event->type");
            return 'received';
        }
        $row = $this->find($event);
        if ($row === null) {
            $reason = 'this shop knows no such payment';
            if ($this->plugin->payments->addUnknown((string) $event->paymentId, (string) $event->orderId, $reason)) {
                $this->plugin->warn("payment $event->paymentId of $event->orderId is not known");
                $this->plugin->booking->tell("$event->paymentId, $event->orderId: $reason", 0);
            }
            return 'not known, and written down';
        }
        $this->plugin->booking->paid($row, $event, self::WAIT);
        return 'received';
    }

    private function find(Event $event): ?PaymentRow
    {
        $row = $this->plugin->payments->findByPaymentId((string) $event->paymentId);
        if ($row !== null) {
            return $row;
        }
        $row = $this->plugin->payments->find((string) $event->orderId);
        if ($row === null || $row->paymentId !== null || !$row->isOpen()) {
            return null;
        }
        // The answer to its creation was lost, or is just being stored.
        $this->plugin->paying->recover($row);
        return $this->plugin->payments->findByPaymentId((string) $event->paymentId);
    }
}
