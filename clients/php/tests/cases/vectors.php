<?php

// What every client must say, in any language.

declare(strict_types=1);

namespace UsdtClient\Tests;

use UsdtClient\ApiError;
use UsdtClient\Client;
use UsdtClient\Decimal;
use UsdtClient\Event;
use UsdtClient\Http\Response;
use UsdtClient\InvalidArgument;
use UsdtClient\NotFoundError;
use UsdtClient\SignatureError;
use UsdtClient\UsdtError;
use UsdtClient\Webhook;

const ORIGIN = 'https://pay.example.com';
const NOT_FOUND = '{"ok":false,"error":"Payment not found","code":"payment_not_found"}';

/** @return mixed What came as JSON, where integers may have 32 bits. */
function decode(string $json)
{
    return json_decode($json, true, 512, JSON_BIGINT_AS_STRING);
}

/** @return array<int, array<string, mixed>> */
function vectors(string $list): array
{
    return decode(file_get_contents(dirname(__DIR__, 3) . '/vectors.json'))[$list];
}

function body(array $vector): string
{
    return isset($vector['body_base64']) ? base64_decode($vector['body_base64']) : $vector['body'];
}

/** @return mixed A field by its name in the gateway. */
function field(object $record, string $name)
{
    if ($name === 'is_paid') {
        return $record->isPaid();
    }
    return $record->{lcfirst(str_replace('_', '', ucwords($name, '_')))};
}

test('vectors: bodies and queries are signed', static function (): void {
    foreach (vectors('signatures') as ['name' => $name, 'secret' => $secret, 'body' => $body, 'signature' => $signature]) {
        try {
            $found = (new Webhook($secret))->verify($body, ['X-Signature' => $signature])->type;
        } catch (SignatureError $error) {
            $found = $error->getReason();
        }
        // What is signed well and no JSON is refused for that alone.
        Check::same(substr($body, 0, 1) === '{' ? 'unknown' : 'malformed_body', $found, $name);
    }
    foreach (vectors('queries') as ['name' => $name, 'secret' => $secret, 'query' => $query, 'signature' => $signature]) {
        $answers = new Answers(new Response(404, [], NOT_FOUND));
        $client = new Client(ORIGIN, 'pk_test_1', $secret, ['transport' => $answers]);
        parse_str($query, $parameters);
        Check::throws(NotFoundError::class, static function () use ($client, $parameters): void {
            $client->request('GET', '/api/x', $parameters);
        }, $name);
        Check::same(ORIGIN . "/api/x?$query", $answers->asked[0]->url, $name);
        Check::same($signature, $answers->asked[0]->headers['X-Signature'], $name);
    }
});

test('vectors: webhooks are accepted and refused', static function (): void {
    foreach (vectors('webhooks') as $vector) {
        $name = $vector['name'];
        $webhook = new Webhook($vector['secrets'], new Pauses((float) $vector['now']));
        $server = [];
        $lists = [];
        $pairs = [];
        foreach ($vector['headers'] as $header => $value) {
            $server['HTTP_' . strtoupper(strtr($header, '-', '_'))] = $value;
            $lists[strtolower($header)] = [$value];
            $pairs[] = [$header, $value];
        }
        $server += ['REQUEST_TIME' => 1, 'argv' => [], 'CONTENT_TYPE' => 'application/json'];
        foreach ([$vector['headers'], $server, $lists, $pairs] as $headers) {
            $verify = static function () use ($webhook, $vector, $headers): Event {
                return $webhook->verify(body($vector), $headers);
            };
            if (isset($vector['refused'])) {
                $error = Check::throws(SignatureError::class, $verify, $name);
                Check::same($vector['refused'], $error->getReason(), $name);
                continue;
            }
            $event = $verify();
            foreach ($vector['accepted'] as $field => $expected) {
                Check::same($expected, field($event, $field), "$name: $field");
            }
            Check::same(decode(body($vector)), $event->raw, $name);
        }
    }
});

test('vectors: amounts are compared exactly', static function (): void {
    ['equal' => $equal, 'different' => $different, 'malformed' => $malformed] = vectors('amounts');
    foreach ($equal as [$left, $right]) {
        Check::same(0, Decimal::compare($left, $right), "$left, $right");
        Check::same(0, Decimal::compare($right, $left), "$left, $right");
    }
    foreach ($different as [$left, $right]) {
        Check::that(Decimal::compare($left, $right) !== 0, "$left, $right");
        Check::same(Decimal::compare($left, $right) > 0, Decimal::compare($right, $left) < 0, "$left, $right");
    }
    Check::that(Decimal::compare('9.99', '10') < 0);
    Check::that(Decimal::compare('10.000001', '10') > 0);
    foreach (array_merge($malformed, [50.0, 50, null, true, ['50'], NAN]) as $amount) {
        Check::throws(InvalidArgument::class, static function () use ($amount): void {
            Decimal::compare($amount, '1');
        }, var_export($amount, true));
        Check::throws(InvalidArgument::class, static function () use ($amount): void {
            $client = new Client(ORIGIN, 'pk_test_1', 's', ['transport' => new Answers()]);
            $client->createPayment(['order_id' => '1', 'amount' => $amount]);
        }, var_export($amount, true));
    }
});

test('vectors: all in which a payment differs', static function (): void {
    foreach (vectors('matches') as ['name' => $name, 'body' => $body, 'expected' => $stored, 'differs' => $differs]) {
        $body = json_encode($body);
        $event = (new Webhook('s'))->verify($body, ['X-Signature' => hash_hmac('sha256', $body, 's')]);
        $found = $event->differences($stored);
        sort($found);
        sort($differs);
        Check::same($differs, $found, $name);
        Check::same($differs === [], $event->matches($stored), $name);
        foreach (array_keys($stored) as $field) {
            Check::throws(InvalidArgument::class, static function () use ($event, $stored, $field): void {
                $event->matches(array_diff_key($stored, [$field => 1]));
            }, "without $field");
        }
        Check::throws(InvalidArgument::class, static function () use ($event, $stored): void {
            $event->matches(['amount' => 50.0] + $stored);
        });
    }
});

test('vectors: answers become payments and errors', static function (): void {
    foreach (vectors('answers') as $vector) {
        $name = $vector['name'];
        $response = new Response($vector['status'], $vector['headers'], $vector['body']);
        $answers = new Answers($response, $response, $response);
        $options = ['transport' => $answers, 'clock' => new Pauses(0.0)];
        $client = new Client(ORIGIN, 'pk_test_1', 's', $options);
        if (isset($vector['payment'])) {
            $payment = $client->getPayment('6070472267431395');
            foreach ($vector['payment'] as $field => $expected) {
                Check::same($expected, field($payment, $field), "$name: $field");
            }
            Check::same(decode($vector['body'])['payment'], $payment->raw, $name);
            Check::same('UTC 2026-07-01 18:30:00', $payment->expiresAt->format('e Y-m-d H:i:s'), $name);
            continue;
        }
        $error = Check::throws("UsdtClient\\{$vector['error']}", static function () use ($client): void {
            $client->getPayment('6070472267431395');
        }, $name);
        $found = [
            'code' => $error->getErrorCode(),
            'message' => $error->getMessage(),
            'hint' => $error->getHint(),
            'retry_after' => $error->getRetryAfter(),
            'docs' => $error->getDocs(),
            'request_id' => $error->getRequestId(),
        ];
        foreach (array_intersect_key($vector, $found) as $field => $expected) {
            Check::same($expected, $found[$field], "$name: $field");
        }
        Check::same($vector['headers']['x-request-id'] ?? null, $error->getRequestId(), $name);
        Check::that($error instanceof ApiError && $error instanceof UsdtError, $name);
        Check::same($vector['status'], $error->getStatus(), $name);
    }
});

test('vectors: calls are repeated where it is safe', static function (): void {
    $payment = decode(vectors('answers')[0]['body'])['payment'];
    $well = json_encode(['ok' => true, 'payment' => $payment, 'timeline' => []]);
    foreach (vectors('retries') as $vector) {
        $name = $vector['name'];
        $headers = isset($vector['retry_after']) ? ['Retry-After' => (string) $vector['retry_after']] : [];
        $answers = new Answers(...array_map(static function ($status) use ($headers, $well) {
            if ($status === 'connection') {
                return new \RuntimeException('refused');
            }
            return new Response($status, $headers, $status === 200 ? $well : '{"ok":false,"error":"Message"}');
        }, $vector['answers']));
        $clock = new Pauses(0.0);
        $client = new Client(ORIGIN, 'pk_test_1', 's', ['transport' => $answers, 'clock' => $clock]);
        $calls = [
            'get' => static function () use ($client, $payment): void {
                $client->getPayment($payment['payment_id']);
            },
            'create' => static function () use ($client, $payment): void {
                $client->createPayment(['order_id' => $payment['order_id'], 'amount' => $payment['amount']]);
            },
            'cancel' => static function () use ($client, $payment): void {
                $client->cancelPayment($payment['payment_id']);
            },
            'cancel with Idempotency-Key' => static function () use ($client, $payment): void {
                $client->cancelPayment($payment['payment_id'], [], 'key-1');
            },
        ];
        if ($vector['error'] === null) {
            $calls[$vector['call']]();
        } else {
            Check::throws("UsdtClient\\{$vector['error']}", $calls[$vector['call']], $name);
        }
        Check::same($vector['attempts'], count($answers->asked), $name);
        Check::same($vector['attempts'] - 1, count($clock->pauses), $name);
        Check::that(array_sum($clock->pauses) >= ($vector['waits_at_least'] ?? 0), $name);
        $first = $answers->asked[0];
        foreach ($answers->asked as $request) {
            Check::same([$first->method, $first->url, $first->headers, $first->body], [
                $request->method,
                $request->url,
                $request->headers,
                $request->body,
            ], $name);
        }
    }
});

test('vectors: gateways are origins', static function (): void {
    foreach (vectors('gateways') as $vector) {
        $make = static function () use ($vector): Client {
            return new Client($vector['gateway'], $vector['api_key'], 's');
        };
        if (isset($vector['refused'])) {
            Check::throws(InvalidArgument::class, $make, $vector['gateway']);
        } else {
            Check::same(['gateway' => $vector['origin']], $make()->jsonSerialize(), $vector['gateway']);
        }
    }
});
