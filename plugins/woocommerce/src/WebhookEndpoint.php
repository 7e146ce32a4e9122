<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

use UsdtCheckout\WooCommerce\UsdtClient\Event;
use UsdtCheckout\WooCommerce\UsdtClient\SignatureError;
use UsdtCheckout\WooCommerce\UsdtClient\Webhook;

/**
 * Takes the gateway's webhooks, at two addresses: some shops close WordPress's REST routes, some the other one.
 */
final class WebhookEndpoint
{
    private const NAME = 'usdt_checkout';
    /** Seconds to wait for another request that is changing the order. */
    private const WAIT = 8.0;

    public static function register(): void
    {
        add_action('woocommerce_api_' . self::NAME, [self::class, 'receiveByQuery']);
        add_action('rest_api_init', static function (): void {
            register_rest_route('usdt-checkout/v1', '/webhook', [
                'methods' => 'POST',
                'callback' => [self::class, 'receiveByRest'],
                // The signature decides.
                'permission_callback' => '__return_true',
            ]);
        });
    }

    public static function url(): string
    {
        return add_query_arg('wc-api', self::NAME, home_url('/'));
    }

    public static function restUrl(): string
    {
        return rest_url('usdt-checkout/v1/webhook');
    }

    public static function receiveByQuery(): void
    {
        $body = (string) file_get_contents('php://input', false, null, 0, 65536);
        [$status, $message] = self::receive($body, $_SERVER);
        nocache_headers();
        status_header($status);
        header('Content-Type: text/plain; charset=utf-8');
        echo esc_html($message);
        exit;
    }

    public static function receiveByRest(\WP_REST_Request $request): \WP_REST_Response
    {
        [$status, $message] = self::receive((string) $request->get_body(), $request->get_headers());
        return new \WP_REST_Response(['message' => $message], $status, ['Cache-Control' => 'no-store']);
    }

    /**
     * @param mixed $headers
     * @return array{int, string} The answer. An error of the kind 5xx lets the gateway try again.
     */
    private static function receive(string $body, $headers): array
    {
        if (Settings::secret() === '') {
            return [503, 'not set up'];
        }
        try {
            $event = (new Webhook(Settings::secret()))->verify($body, $headers);
        } catch (SignatureError $error) {
            Log::warning("a webhook is refused: {$error->getReason()}");
            return [401, $error->getReason()];
        }
        if (Shop::isMoved()) {
            // Whether it is this shop's is for the merchant to say first.
            return [503, 'this shop has another address than the one it was set up for'];
        }
        try {
            return self::book($event);
        } catch (Busy $busy) {
            return [503, 'busy'];
        } catch (\Throwable $error) {
            Log::warning("a webhook is not booked: {$error->getMessage()}");
            return [500, 'not booked: the log of the shop says why'];
        }
    }

    /** @return array{int, string} */
    private static function book(Event $event): array
    {
        if ($event->type === 'test') {
            Settings::keepProject(['webhook_tested_at' => time()]);
            return [200, 'test received'];
        }
        if ($event->type === 'payment.expired' && $event->paymentId !== null) {
            $row = Payments::findByPaymentId($event->paymentId);
            if ($row !== null) {
                // The gateway's word now, and not the event's, which may be old.
                Reconciliation::check($row);
            }
            return [200, 'received'];
        }
        if (!$event->isPaid()) {
            Log::info("a webhook of type $event->type");
            return [200, 'received'];
        }
        $row = Payments::findByPaymentId((string) $event->paymentId);
        if ($row === null) {
            $row = Payments::findByReference((string) $event->orderId);
            if ($row !== null && $row->paymentId === null && $row->isOpen()) {
                // The answer to its creation was lost, or is just being stored.
                Paying::recover($row);
                $row = Payments::findByPaymentId((string) $event->paymentId);
            } else {
                $row = null;
            }
        }
        if ($row === null) {
            $reason = __('this shop knows no such payment', 'usdt-checkout-for-woocommerce');
            if (Payments::addUnknown((string) $event->paymentId, (string) $event->orderId, $reason)) {
                Log::warning("payment $event->paymentId of $event->orderId is not known");
                Booking::tell("$event->paymentId, $event->orderId: $reason", 0);
            }
            return [200, 'not known, and written down'];
        }
        Booking::paid($row, $event, self::WAIT);
        return [200, 'received'];
    }
}
