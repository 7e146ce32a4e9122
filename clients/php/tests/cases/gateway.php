<?php

// Against a real gateway: each call, and a webhook that really came.

declare(strict_types=1);

namespace UsdtClient\Tests;

use UsdtClient\AuthenticationError;
use UsdtClient\Client;
use UsdtClient\Event;
use UsdtClient\InvalidRequestError;
use UsdtClient\NotFoundError;
use UsdtClient\OrderConflictError;
use UsdtClient\Payment;
use UsdtClient\SignatureError;
use UsdtClient\Webhook;

/** The event of a webhook that came, at the time when it came. */
function verified(array $webhook): Event
{
    $clock = new Pauses((float) $webhook['headers']['webhook-timestamp']);
    return (new Webhook(Kit::get('api_secret'), $clock))->verify($webhook['body'], $webhook['headers']);
}

foreach (Kit::transports() as $name => $transport) {
    test("gateway: a payment from create to webhook, by $name", static function () use ($transport): void {
        $client = Kit::client('gateway', ['transport' => $transport]);
        $order = [
            'order_id' => Kit::orderId() . ' Größe/注文',
            'amount' => '50.00',
            'description' => 'Größe "7" / 注文 🛒',
            'metadata' => ['cart' => '7', '0' => 'zero'],
            'success_url' => 'http://shop.example/return?order=1&x=ü',
            'fail_url' => 'http://shop.example/cart',
        ];
        $created = $client->createPayment($order);
        Check::same([false, 'pending', '50.00', 'USDT', 'TRC20'], [
            $created->isPaid(),
            $created->status,
            $created->amount,
            $created->currency,
            $created->network,
        ]);
        Check::like('/^[0-9]{1,16}$/', $created->paymentId);
        Check::same('UTC', $created->expiresAt->getTimezone()->getName());
        $left = (float) $created->expiresAt->format('U.u') - (float) $created->serverTime->format('U.u');
        Check::that(abs($left - $created->expiresIn) < 2);
        $seen = $client->getPayment($created->paymentId);
        Check::same($order['description'], $seen->description);
        Check::same(['7', 'zero'], [$seen->metadata['cart'], $seen->metadata['0']]);
        Check::same($order['success_url'], $seen->successUrl);
        Check::same($created->paymentId, $client->getPaymentByOrder($order['order_id'])->paymentId);
        Check::same($created->paymentId, $client->createPayment($order)->paymentId, 'the same order again');
        $conflict = Check::throws(OrderConflictError::class, static function () use ($client, $order): void {
            $client->createPayment(['amount' => '51.00'] + $order);
        });
        Check::same('order_id_conflict', $conflict->getErrorCode());

        $paid = $client->testPay($created->paymentId);
        Check::same($created->payAmount, $paid->amount);
        $done = Kit::until($client, $created->paymentId, static function (Payment $payment): bool {
            return $payment->isPaid();
        });
        Check::same($paid->txids, [$done->txid]);
        Check::same($created->payAmount, $done->receivedAmount);
        $stored = ['order_id' => $order['order_id'], 'amount' => '50', 'payment_id' => $created->paymentId];
        Check::same([], $done->differences($stored));

        $webhook = Kit::webhook(static function (array $body) use ($order): bool {
            return ($body['order_id'] ?? null) === $order['order_id'];
        });
        $event = verified($webhook);
        Check::same([true, 'payment.paid', $done->txid], [$event->isPaid(), $event->type, $event->txid]);
        Check::that($event->matches($stored));
        Check::same($done->paidAt->format('c'), $event->paidAt->format('c'));
        Check::throws(SignatureError::class, static function () use ($webhook): void {
            verified(['body' => str_replace('50.00', '10.00', $webhook['body'])] + $webhook);
        });

        // The delivery is written down once the receiver has answered.
        do {
            $retrieved = $client->retrieve($created->paymentId);
        } while (count($retrieved->timeline) < 3);
        Check::same(['created', 'credited', 'webhook_delivered'], array_column(array_map(
            static function ($entry): array {
                return ['what' => $entry->what];
            },
            $retrieved->timeline
        ), 'what'));
        $events = Kit::all($client->listEvents(['payment_id' => $created->paymentId]));
        Check::same(1, count($events));
        Check::same([null, null], [$events[0]->body, $events[0]->deliveries]);
        $whole = $client->getEvent($events[0]->eventId);
        Check::same($webhook['body'], $whole->body);
        Check::same([true, 200], [$whole->deliveries[0]->delivered, $whole->deliveries[0]->httpStatus]);
        Check::same($whole->eventId, $client->resendEvent($whole->eventId, ['by' => 'test'])->eventId);
        Check::throws(NotFoundError::class, static function () use ($client): void {
            $client->getEvent('evt_none');
        });
    });

    test("gateway: lists, cancels, reviews, project, by $name", static function () use ($transport, $name): void {
        $client = Kit::client('gateway', ['transport' => $transport]);
        $through = Kit::client('proxy', ['transport' => $transport]);
        $prefix = Kit::orderId();
        $amount = $name === 'curl' ? '7.25' : '7.35';
        foreach ([1, 2, 3, 4, 5] as $number) {
            $client->createPayment(['order_id' => "$prefix-$number", 'amount' => $amount]);
        }
        Kit::forget();
        $listed = Kit::all($through->listPayments(['amount' => $amount, 'limit' => 2]));
        Check::same([5, 4, 3, 2, 1], array_map(static function (Payment $payment): int {
            return (int) substr($payment->orderId, -1);
        }, $listed));
        Check::same(3, count(Kit::requests()), 'a request for each page');
        Check::that($listed[0]->createdAt instanceof \DateTimeImmutable);
        Kit::forget();
        foreach ($through->listPayments(['limit' => 2]) as $payment) {
            break;
        }
        Check::same(1, count(Kit::requests()), 'no page that nobody asked for');
        $from = new \DateTimeImmutable('1970-01-01 02:00:00', new \DateTimeZone('+02:00'));
        $long = ['created_from' => $from, 'created_to' => new \DateTime('@1000'), 'status' => 'paid'];
        Check::same([], Kit::all($client->listPayments($long)));

        [$last, $short] = $listed;
        $cancelled = $client->cancelPayment($last->paymentId, ['by' => 'cart', 'note' => 'abandoned']);
        Check::same(['failed', false], [$cancelled->payment->status, $cancelled->payment->isPaid()]);
        Check::same('cancelled', $cancelled->timeline[count($cancelled->timeline) - 1]->what);

        $types = ['payment.review', 'payment.seen', 'payment.expired'];
        Check::same(3, count($client->updateProject(['events' => $types, 'by' => 'test'])->events));
        $client->testPay($short->paymentId, ['case' => 'less']);
        // The transfer had no payment's exact amount, so the event names none.
        $review = Kit::webhook(static function (array $body) use ($client): bool {
            $waiting = Kit::all($client->listReviews(['limit' => 1]));
            return $waiting !== [] && ($body['review_id'] ?? null) === $waiting[0]->reviewId;
        });
        $event = verified($review);
        Check::same(['payment.review', false], [$event->type, $event->isPaid()]);
        Check::same($event->raw['transfer']['amount'], $event->transfer->amount);
        [$waiting] = Kit::all($client->listReviews());
        Check::same($event->reviewId, $waiting->reviewId);
        Check::same('dismissed', $client->dismissReview($waiting->reviewId, ['by' => 'a', 'note' => 'b'])->state);
        $accepted = $client->acceptReview($waiting->reviewId, [
            'payment_id' => $short->paymentId,
            'by' => 'maria',
            'note' => 'agreed with the payer',
            'anyway' => true,
        ]);
        Check::same(['paid', true], [$accepted->result, $accepted->payment->isPaid()]);
        Check::same(['received_amount'], $accepted->payment->differences([
            'order_id' => $short->orderId,
            'amount' => $amount,
            'payment_id' => $short->paymentId,
        ]));

        Check::same([], $client->updateProject(['events' => []])->events);
        $project = $client->project();
        Check::same(['test', []], [$project->mode, $project->events]);
        Check::same(['EUR', 'USD'], $project->priceCurrencies);
        $tried = $client->sendTestWebhook();
        Check::same([true, 200], [$tried->delivered, $tried->httpStatus]);
        $seen = verified(Kit::webhook(static function (array $body): bool {
            return ($body['type'] ?? null) === 'test';
        }));
        Check::same(['test', false], [$seen->type, $seen->isPaid()]);

        Check::same(10, $client->testTime(30));
        $ping = $client->ping();
        Check::same([true, 'test', null], [$ping->ok, $ping->mode, $ping->error]);
        Check::that($ping->clockDifference <= -30.0, 'the gateway is ahead');
        Check::that(in_array('test_mode', array_map(static function ($missing): string {
            return $missing->code;
        }, $ping->missing), true));
        $wrong = (new Client(Kit::get('gateway'), Kit::get('api_key'), 'sk_test_wrong'))->ping();
        Check::same([false, 'invalid_signature'], [$wrong->ok, $wrong->error->getErrorCode()]);
        $unknown = new Client(Kit::get('gateway'), 'pk_test_unknown', Kit::get('api_secret'));
        Check::same('invalid_api_key', $unknown->ping()->error->getErrorCode());
        Check::throws(AuthenticationError::class, static function () use ($unknown): void {
            $unknown->getPayment(1);
        });
        Check::throws(NotFoundError::class, static function () use ($client): void {
            $client->getPaymentByOrder('none');
        });
        $refused = Check::throws(InvalidRequestError::class, static function () use ($client): void {
            $client->createPayment(['order_id' => 'x', 'amount' => '0']);
        });
        Check::same('amount_not_positive', $refused->getErrorCode());
        Check::like('/^[0-9a-f]{32}$/', (string) $refused->getRequestId());
        Check::same(1, count($client->request('GET', '/api/v1/payments', ['limit' => 1])['payments']));
    });
}
