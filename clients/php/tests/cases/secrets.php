<?php

// No dump, no error and no copy has the secret or a signature.

declare(strict_types=1);

namespace UsdtClient\Tests;

use UsdtClient\AuthenticationError;
use UsdtClient\Client;
use UsdtClient\ConnectionError;
use UsdtClient\Http\Request;
use UsdtClient\Http\Response;
use UsdtClient\Http\Transport;
use UsdtClient\InvalidArgument;
use UsdtClient\SignatureError;
use UsdtClient\Webhook;

const SECRET = 'sk_test_never_to_be_seen';

/**
 * All that a program may write into its log of something.
 *
 * @param mixed $value
 * @return string[]
 */
function dumps($value): array
{
    $captured = static function (callable $dump): string {
        ob_start();
        $dump();
        return (string) ob_get_clean();
    };
    $dumps = [
        $captured(static function () use ($value): void {
            var_dump($value, [[$value]]);
        }),
        $captured(static function () use ($value): void {
            debug_zval_dump($value);
        }),
        print_r($value, true),
        (string) json_encode($value),
        print_r((array) $value, true),
    ];
    try {
        $dumps[] = var_export($value, true);
    } catch (\ErrorException $circular) {
        // It warns of what holds itself, as traces may.
    }
    if ($value instanceof \Throwable) {
        $dumps[] = (string) $value;
        $dumps[] = print_r($value->getTrace(), true);
        $dumps[] = $captured(static function () use ($value): void {
            var_dump($value->getTrace());
        });
    } else {
        try {
            $dumps[] = serialize($value);
        } catch (InvalidArgument $refused) {
            $dumps[] = $refused->getMessage();
        }
    }
    return $dumps;
}

/** @return string[] */
function hidden(string $body): array
{
    $signed = ['', $body, 'payment_id=1', '{"payment_id":"1"}'];
    $signatures = array_map(static function (string $bytes): string {
        return hash_hmac('sha256', $bytes, SECRET);
    }, $signed);
    return array_merge([SECRET, bin2hex(SECRET), base64_encode(SECRET)], $signatures);
}

/** @param mixed $value */
function assertHidden($value, string $what): void
{
    foreach (dumps($value) as $dump) {
        foreach (hidden('{"type":"test"}') as $secret) {
            Check::that(strpos($dump, $secret) === false, "$what: " . substr($dump, 0, 500));
        }
    }
}

test('secrets: they are in no dump', static function (): void {
    $client = new Client(Kit::get('gateway'), Kit::get('api_key'), SECRET, ['webhook_secrets' => [SECRET]]);
    $webhook = new Webhook([SECRET]);
    assertHidden($client, 'client');
    assertHidden($webhook, 'webhook');
    assertHidden(clone $client, 'copy');
    Check::same(json_encode(['gateway' => Kit::get('gateway')]), json_encode($client));
    foreach ([$client, $webhook] as $holder) {
        Check::throws(InvalidArgument::class, static function () use ($holder): void {
            serialize($holder);
        });
    }
    $refused = Check::throws(AuthenticationError::class, static function () use ($client): void {
        $client->getPayment(1);
    });
    Check::same('invalid_signature', $refused->getErrorCode());
    assertHidden($refused, 'refused');
    foreach (Kit::transports() as $name => $transport) {
        $cut = new Client(Kit::get('proxy'), Kit::get('api_key'), SECRET, ['transport' => $transport]);
        Kit::inject('close');
        assertHidden(Check::throws(ConnectionError::class, static function () use ($cut): void {
            $cut->cancelPayment(1);
        }), $name);
    }
    $body = '{"type":"test"}';
    assertHidden(Check::throws(SignatureError::class, static function () use ($webhook, $body): void {
        $webhook->verify($body, ['X-Signature' => str_repeat('0', 64)]);
    }), 'unverified');
    assertHidden($webhook->verify($body, ['X-Signature' => hash_hmac('sha256', $body, SECRET)]), 'event');
});

test('secrets: a transport that says too much is not repeated', static function (): void {
    $talker = new class () implements Transport {
        public function send(Request $request): Response
        {
            throw new \RuntimeException(SECRET . print_r($request, true) . var_export($request->headers, true));
        }
    };
    $options = ['transport' => $talker, 'clock' => new Pauses(0.0)];
    $client = new Client('https://pay.example.com', 'pk_1', SECRET, $options);
    assertHidden(Check::throws(ConnectionError::class, static function () use ($client): void {
        $client->getPayment(1);
    }), 'talker');
    $request = new Request('GET', 'https://pay.example.com/', ['X-Signature' => SECRET], null, 1.0, 1.0, 1);
    Check::that(strpos(print_r($request, true), SECRET) === false);
});

test('secrets: an error of the constructors has none', static function (): void {
    $gateway = 'https://pay.example.com';
    foreach ([
        static function (): void {
            new Client('no gateway', 'pk_1', SECRET);
        },
        static function () use ($gateway): void {
            new Client($gateway, null, SECRET);
        },
        static function () use ($gateway): void {
            new Client($gateway, 'pk_1', SECRET, 'no options');
        },
        static function () use ($gateway): void {
            new Client($gateway, 'pk_1', SECRET, ['webhook_secrets' => [SECRET, '']]);
        },
        static function () use ($gateway): void {
            new Client($gateway, 'pk_1', SECRET, ['webhook_secrets' => SECRET, 'clock' => 'none']);
        },
        static function () use ($gateway): void {
            new Client($gateway, 'pk_1', '', ['webhook_secrets' => SECRET]);
        },
        static function (): void {
            new Webhook([SECRET, null]);
        },
        static function (): void {
            new Webhook(SECRET, 'no clock');
        },
    ] as $at => $make) {
        assertHidden(Check::throws(InvalidArgument::class, $make, (string) $at), "constructor $at");
    }
});
