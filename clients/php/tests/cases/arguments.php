<?php

// What is called wrongly is said at once, and reaches nobody.

declare(strict_types=1);

namespace UsdtClient\Tests;

use UsdtClient\Client;
use UsdtClient\InvalidArgument;
use UsdtClient\Http\Response;
use UsdtClient\UnexpectedAnswerError;
use UsdtClient\UsdtError;
use UsdtClient\Webhook;

test('arguments: what is missing is said at once', static function (): void {
    $gateway = 'https://pay.example.com';
    foreach ([
        [$gateway, null, 'sk_1'],
        [$gateway, '', 'sk_1'],
        [$gateway, false, 'sk_1'],
        [$gateway, "pk_1\r\nX: y", 'sk_1'],
        [$gateway, "pk_1\n", 'sk_1'],
        [$gateway, 'pk_1', null],
        [$gateway, 'pk_1', false],
        [$gateway, 'pk_1', ''],
        [false, 'pk_1', 'sk_1'],
        [$gateway, 'pk_1', 'sk_1', ['webhook_secrets' => []]],
        [$gateway, 'pk_1', 'sk_1', ['webhook_secrets' => ['sk_1', '']]],
        [$gateway, 'pk_1', 'sk_1', ['user_agent' => "a\nb"]],
        [$gateway, 'pk_1', 'sk_1', ['timeout' => 0]],
        [$gateway, 'pk_1', 'sk_1', ['timeout' => '15']],
        [$gateway, 'pk_1', 'sk_1', ['connect_timeout' => NAN]],
        [$gateway, 'pk_1', 'sk_1', ['transport' => 'curl']],
        [$gateway, 'pk_1', 'sk_1', ['clock' => 'now']],
        [$gateway, 'pk_1', 'sk_1', ['verify' => false]],
    ] as $at => $arguments) {
        Check::throws(InvalidArgument::class, static function () use ($arguments): void {
            new Client(...$arguments);
        }, (string) $at);
    }
    foreach ([null, '', [], [null], ['']] as $secrets) {
        Check::throws(InvalidArgument::class, static function () use ($secrets): void {
            new Webhook($secrets);
        });
    }
});

test('arguments: calls that are wrong reach nobody', static function (): void {
    $answers = new Answers();
    $client = new Client('https://pay.example.com', 'pk_1', 'sk_1', ['transport' => $answers]);
    $payment = ['order_id' => '1', 'amount' => '50.00'];
    foreach ([
        'a name that is not known' => ['createPayment', ['orderId' => '1'] + $payment],
        'no order' => ['createPayment', ['amount' => '50.00']],
        'a number as order' => ['createPayment', ['order_id' => 1, 'amount' => '50.00']],
        'no amount' => ['createPayment', ['order_id' => '1']],
        'a float' => ['createPayment', ['order_id' => '1', 'amount' => 50.0]],
        'an int' => ['createPayment', ['order_id' => '1', 'amount' => 50]],
        'two amounts' => ['createPayment', $payment + ['price_amount' => '50', 'price_currency' => 'EUR']],
        'a price without a currency' => ['createPayment', ['order_id' => '1', 'price_amount' => '50']],
        'a currency alone' => ['createPayment', $payment + ['price_currency' => 'EUR']],
        'a float as price' => ['createPayment', ['order_id' => '1', 'price_amount' => 49.9, 'price_currency' => 'EUR']],
        'metadata that are a text' => ['createPayment', $payment + ['metadata' => 'cart 7']],
        'no UTF-8' => ['createPayment', $payment + ['description' => "\xff"]],
        'a key with a blank' => ['createPayment', $payment, 'a b'],
        'an empty key' => ['createPayment', $payment, ''],
        'a path as ID' => ['getPayment', '1/../2'],
        'a line break behind an ID' => ['getPayment', "1\n"],
        'a fraction' => ['getPayment', 1.5],
        '54 bits' => ['getPayment', '9007199254740993'],
        'below zero' => ['getPayment', -1],
        'nothing' => ['getPayment', null],
        'an empty order' => ['getPaymentByOrder', ''],
        'dots as event' => ['getEvent', '..'],
        'an empty event' => ['resendEvent', ''],
        'a reason that is not known' => ['resendEvent', 'evt_1', ['why' => 'so']],
        'a path without a slash' => ['request', 'GET', 'api'],
        'another host' => ['request', 'GET', '//other.example/'],
        'a query in the path' => ['request', 'GET', '/a?b=1'],
        'dots in the path' => ['request', 'GET', '/a/../b'],
        'dots in disguise' => ['request', 'GET', '/a/%2e%2E/b'],
        'dots at the end' => ['request', 'GET', '/a/..'],
        'a line break' => ['request', 'GET', "/a\r\nX: y"],
        'a line break at the end' => ['request', 'GET', "/a\n"],
        'a body of a GET' => ['request', 'GET', '/a', [], []],
        'a method' => ['request', 'TRACE', '/a'],
        'a list as body' => ['request', 'POST', '/a', [], ['a']],
        'a list in the query' => ['request', 'GET', '/a', ['b' => ['c']]],
        'a filter that is not known' => ['listPayments', ['orderId' => '1']],
        'an amount as filter' => ['listPayments', ['amount' => 50]],
        'an ID as filter' => ['listEvents', ['payment_id' => 'x']],
        'no time' => ['listEvents', ['created_from' => 7]],
        'an acceptance of nothing' => ['acceptReview', '4f0c:0', ['by' => 'a', 'note' => 'b']],
    ] as $what => $call) {
        $method = array_shift($call);
        Check::throws(InvalidArgument::class, static function () use ($client, $method, $call): void {
            $client->$method(...$call);
        }, $what);
    }
    foreach ([['type' => 'test'], [], 7, null, true, (object) []] as $body) {
        $error = Check::throws(InvalidArgument::class, static function () use ($client, $body): void {
            $client->verifyWebhook($body, []);
        });
        Check::like('/raw body/', $error->getMessage());
        Check::that($error instanceof UsdtError);
    }
    Check::throws(InvalidArgument::class, static function () use ($client): void {
        $client->verifyWebhook('', null);
    });
    Check::same([], $answers->asked);
});

test('arguments: what comes is read-only', static function (): void {
    $body = '{"type":"test","status":"paid"}';
    $event = (new Webhook('s'))->verify($body, ['X-Signature' => hash_hmac('sha256', $body, 's')]);
    Check::throws(InvalidArgument::class, static function () use ($event): void {
        $event->type = 'payment.paid';
    });
    Check::throws(InvalidArgument::class, static function () use ($event): void {
        $event->status;
    });
    Check::that(!isset($event->txid, $event->nothing));
    Check::that(empty($event->txid));
    Check::same($body, json_encode($event));
    Check::same('test', unserialize(serialize($event))->type);
});

test('arguments: what seldom comes is read, too', static function (): void {
    $payment = decode(vectors('answers')[0]['body'])['payment'] + [
        'price' => [
            'amount' => '49.90',
            'currency' => 'EUR',
            'rate' => '1.0850',
            'margin_percent' => '1.50',
            'rated_at' => '2026-07-01 18:00:00',
        ],
        'unmatched' => ['amount' => '49.000000', 'txid' => '4f0c'],
        'arriving' => ['amount' => '1.000000', 'txid' => '5e1d'],
        'chain_delay' => 90,
        'paid_at' => '2026-07-01T18:04:12.123456789Z',
        'late' => true,
    ];
    $answers = new Answers(new Response(200, [], json_encode(['ok' => true, 'payment' => $payment])));
    $client = new Client('https://pay.example.com', 'pk_1', 's', ['transport' => $answers]);
    $order = ['order_id' => 'ORDER_12345', 'price_amount' => '49.90', 'price_currency' => 'EUR'];
    $found = $client->createPayment($order);
    Check::same(json_encode($order), $answers->asked[0]->body);
    Check::same(['49.90', 'EUR', '1.0850', '1.50'], [
        $found->price->amount,
        $found->price->currency,
        $found->price->rate,
        $found->price->marginPercent,
    ]);
    Check::same(['49.000000', '5e1d', 90, true], [
        $found->unmatched->amount,
        $found->arriving->txid,
        $found->chainDelay,
        $found->late,
    ]);
    Check::same('2026-07-01 18:04:12.123456 UTC', $found->paidAt->format('Y-m-d H:i:s.u e'));
    foreach (['paid_at' => '2026-02-30 18:00:00', 'late' => 'yes', 'unmatched' => ['a']] as $field => $malformed) {
        $body = json_encode(['ok' => true, 'payment' => [$field => $malformed] + $payment]);
        $options = ['transport' => new Answers(new Response(200, [], $body))];
        Check::throws(UnexpectedAnswerError::class, static function () use ($options, $payment): void {
            (new Client('https://pay.example.com', 'pk_1', 's', $options))->getPayment($payment['payment_id']);
        }, $field);
    }
});

test('arguments: an answer about something else is none', static function (): void {
    $answer = vectors('answers')[0]['body'];
    foreach ([
        ['getPayment', '1'],
        ['getPaymentByOrder', 'ORDER_7'],
        ['createPayment', ['order_id' => 'ORDER_7', 'amount' => '50.00']],
        ['createPayment', ['order_id' => 'ORDER_12345', 'amount' => '51.00']],
    ] as [$method, $argument]) {
        $answers = new Answers(new Response(200, [], $answer));
        $client = new Client('https://pay.example.com', 'pk_1', 's', ['transport' => $answers]);
        Check::throws(UnexpectedAnswerError::class, static function () use ($client, $method, $argument): void {
            $client->$method($argument);
        });
    }
});

test('arguments: a body has the form that the gateway expects', static function (): void {
    $answers = new Answers(new Response(200, [], vectors('answers')[0]['body']));
    $options = ['transport' => $answers, 'user_agent' => 'plugin/2.1'];
    $client = new Client('https://pay.example.com', 'pk_1', 's', $options);
    $client->createPayment([
        'order_id' => 'ORDER_12345',
        'amount' => '50.00',
        'description' => 'Größe/7',
        'metadata' => ['0' => 'a', '1' => 'b'],
        'success_url' => null,
    ]);
    [$request] = $answers->asked;
    $body = '{"order_id":"ORDER_12345","amount":"50.00","description":"Größe/7","metadata":{"0":"a","1":"b"}}';
    Check::same($body, $request->body);
    Check::same(hash_hmac('sha256', $body, 's'), $request->headers['X-Signature']);
    Check::same('usdt-client-php/1.0.0 plugin/2.1', $request->headers['User-Agent']);
    Check::like('/^[0-9a-f]{32}$/', $request->headers['Idempotency-Key']);
    Check::same([5.0, 15.0], [$request->connectTimeout, $request->timeout]);
});
