<?php

// Through a proxy that cuts, delays and lies: each payment is created once, by the same bytes.

declare(strict_types=1);

namespace UsdtClient\Tests;

use UsdtClient\Client;
use UsdtClient\ConnectionError;
use UsdtClient\Http\Request;

const REPEATED = [
    '500', '502', '503', '504', '429', '429:1', 'html-502', 'close', 'cut-request', 'cut-answer', '500-after',
    'close-after',
];
const FINAL_FAULTS = [
    'html' => 'UnexpectedAnswerError',
    'html-404' => 'UnexpectedAnswerError',
    'redirect' => 'UnexpectedAnswerError',
    'huge' => 'UnexpectedAnswerError',
    'cut-json' => 'UnexpectedAnswerError',
    '400' => 'InvalidRequestError',
    '401' => 'AuthenticationError',
    '404' => 'NotFoundError',
    '409' => 'OrderConflictError',
    '418' => 'ApiError',
];

/** Each attempt had the same bytes, key and signature. */
function assertSameRequests(array $requests, string $fault): void
{
    $named = static function (array $request): array {
        return [
            $request['method'],
            $request['path'],
            $request['headers']['idempotency-key'],
            $request['headers']['x-signature'],
        ];
    };
    $whole = array_values(array_filter(array_column($requests, 'body')));
    foreach ($requests as $request) {
        Check::same($named($requests[0]), $named($request), $fault);
        Check::same('usdt-client-php/' . Client::VERSION . ' shop/1', $request['headers']['user-agent'], $fault);
    }
    Check::same(1, count(array_unique($whole)), $fault);
    $signature = hash_hmac('sha256', base64_decode($whole[0]), Kit::get('api_secret'));
    Check::same($signature, $requests[0]['headers']['x-signature'], $fault);
}

foreach (Kit::transports() as $name => $transport) {
    $through = static function (Pauses $clock, array $more = []) use ($transport): Client {
        $options = ['transport' => $transport, 'clock' => $clock, 'user_agent' => 'shop/1'];
        return Kit::client('proxy', $more + $options);
    };

    test("faults: a create is repeated, and done once, by $name", static function () use ($through): void {
        foreach (REPEATED as $fault) {
            Kit::forget();
            $clock = new Pauses();
            Kit::inject($fault, $fault);
            $orderId = Kit::orderId();
            $created = $through($clock)->createPayment(['order_id' => $orderId, 'amount' => '50.00']);
            Check::same($orderId, $created->orderId, $fault);
            $requests = Kit::requests();
            Check::same(3, count($requests), $fault);
            assertSameRequests($requests, $fault);
            Check::same(2, count($clock->pauses), $fault);
            Check::that($fault !== '429:1' || min($clock->pauses) >= 1.0, $fault);
            Check::same(1, Kit::count($orderId), $fault);
        }
    });

    test("faults: what helps nobody is not repeated, by $name", static function () use ($through): void {
        foreach (FINAL_FAULTS as $fault => $class) {
            Kit::forget();
            Kit::inject((string) $fault);
            Check::throws("UsdtClient\\$class", static function () use ($through): void {
                $through(new Pauses())->createPayment(['order_id' => Kit::orderId(), 'amount' => '50.00']);
            }, (string) $fault);
            Check::same(['/api/create-payment.php'], array_column(Kit::requests(), 'path'), (string) $fault);
        }
    });

    test("faults: no more is read than it may be, by $name", static function () use ($transport): void {
        Kit::forget();
        Kit::inject('huge');
        $response = $transport->send(new Request('GET', Kit::get('proxy') . '/', [], null, 5.0, 5.0, 1000));
        Check::that(strlen($response->body) > 1000 && strlen($response->body) < 1000000);
    });

    test("faults: it gives up after three attempts, by $name", static function () use ($through): void {
        $order = ['order_id' => Kit::orderId(), 'amount' => '50.00'];
        $client = $through(new Pauses());
        foreach (
            [
                'close' => 'ConnectionError',
                'cut-answer' => 'ConnectionError',
                '500-after' => 'ServerError',
                '429' => 'RateLimitError',
            ] as $fault => $class
        ) {
            Kit::forget();
            $fault = (string) $fault;
            Kit::inject($fault, $fault, $fault, $fault);
            Check::throws("UsdtClient\\$class", static function () use ($client, $order): void {
                $client->createPayment($order);
            }, $fault);
            Check::same(3, count(Kit::requests()), $fault);
        }
        Kit::forget();
        $client->createPayment($order);
        Check::same(1, Kit::count($order['order_id']));
    });

    test("faults: a late repeat makes no second payment, by $name", static function () use ($through): void {
        Kit::forget();
        $orderId = Kit::orderId();
        // While it waits, the payment that the first attempt made expires.
        $clock = new Pauses(null, static function () use ($orderId): void {
            Kit::client()->testTime(3600);
            do {
                $payment = Kit::client()->getPaymentByOrder($orderId);
            } while ($payment->status === 'pending');
        });
        Kit::inject('cut-answer');
        $created = $through($clock)->createPayment(['order_id' => $orderId, 'amount' => '50.00']);
        Check::same(1, Kit::count($orderId));
        Check::same('expired', Kit::client()->getPayment($created->paymentId)->status);
    });

    test("faults: what changes something is repeated only with a key, by $name", static function () use ($through): void {
        Kit::forget();
        $client = $through(new Pauses());
        $first = $client->createPayment(['order_id' => Kit::orderId(), 'amount' => '50.00']);
        $second = $client->createPayment(['order_id' => Kit::orderId(), 'amount' => '50.00']);
        Kit::forget();
        Kit::inject('cut-answer');
        Check::throws(ConnectionError::class, static function () use ($client, $first): void {
            $client->cancelPayment($first->paymentId);
        });
        Check::same(1, count(Kit::requests()));
        Kit::forget();
        Kit::inject('cut-answer', '503');
        Check::same('failed', $client->cancelPayment($second->paymentId, [], "cancel-$second->paymentId")->payment->status);
        Check::same(3, count(Kit::requests()));
        Kit::forget();
        Kit::inject('close', 'cut-answer');
        Check::same('failed', $client->getPayment($first->paymentId)->status);
        Check::same(3, count(Kit::requests()));
    });

    test("faults: an answer has its time, by $name", static function () use ($through): void {
        // Long enough for a busy machine to answer what has no fault.
        $client = $through(new Pauses(), ['timeout' => 1.2]);
        foreach (['trickle', 'delay-after:4000'] as $fault) {
            Kit::forget();
            Kit::inject($fault);
            $orderId = Kit::orderId();
            $client->createPayment(['order_id' => $orderId, 'amount' => '50.00']);
            Check::same(2, count(Kit::requests()), $fault);
            Check::same(1, Kit::count($orderId), $fault);
        }
        Kit::forget();
        Kit::inject('trickle', 'trickle', 'trickle');
        $hasty = $through(new Pauses(), ['timeout' => 0.2]);
        Check::throws(ConnectionError::class, static function () use ($hasty): void {
            $hasty->getPayment(1);
        });
        Kit::forget();
        $held = $client->createPayment(['order_id' => Kit::orderId(), 'amount' => '50.00']);
        $patient = $through(new Pauses(), ['timeout' => 1.2]);
        Check::same($held->version, $patient->waitForChange($held, 1)->version);
        Check::like('/[?&]wait=1&v=1$/', Kit::requests()[1]['path']);
    });

    test("faults: nobody answers, by $name", static function () use ($transport): void {
        $clock = new Pauses();
        $options = ['transport' => $transport, 'clock' => $clock];
        // A port that only root may take.
        $client = new Client('http://127.0.0.1:1', 'pk_test_1', 'sk_1', $options);
        $error = Check::throws(ConnectionError::class, static function () use ($client): void {
            $client->getPayment(1);
        });
        Check::like('~^no answer from http://127\.0\.0\.1:1: .~', $error->getMessage());
        Check::same(2, count($clock->pauses));
        Check::same(ConnectionError::class, get_class($client->ping()->error));
    });
}
