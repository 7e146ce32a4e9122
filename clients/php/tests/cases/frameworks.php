<?php

// Requests of frameworks as they come.

declare(strict_types=1);

namespace UsdtClient\Tests;

use UsdtClient\Event;
use UsdtClient\InvalidArgument;
use UsdtClient\SignatureError;
use UsdtClient\Webhook;

const BODY = '{"payment_id":1,"order_id":"Größe/7 🛒","status":"paid","amount":"50.00"}';

/**
 * Accepts a good request, twice, and refuses one that was changed.
 *
 * @param callable(string, string): object $make A request with this body and signature.
 */
function assertFramework(callable $make): void
{
    $webhook = new Webhook('s');
    $request = $make(BODY, hash_hmac('sha256', BODY, 's'));
    foreach (['first', 'again'] as $time) {
        $event = $webhook->verifyRequest($request);
        Check::same([true, 'Größe/7 🛒'], [$event->isPaid(), $event->orderId], $time);
    }
    foreach ([[BODY . ' ', hash_hmac('sha256', BODY, 's')], [BODY, str_repeat('0', 64)], [BODY, "\xe9"]] as $bad) {
        Check::throws(SignatureError::class, static function () use ($webhook, $make, $bad): Event {
            return $webhook->verifyRequest($make(...$bad));
        });
    }
}

/** Loads a framework as Debian installs it. */
function package(string $folder): void
{
    if (stream_resolve_include_path("$folder/autoload.php") === false) {
        throw new \RuntimeException("$folder is not there: apt-get install php-symfony-http-foundation php-illuminate-http"
            . ' php-nyholm-psr7 php-guzzlehttp-psr7');
    }
    require_once "$folder/autoload.php";
}

test('frameworks: what is no request is refused', static function (): void {
    foreach ([new \stdClass(), new \ArrayObject()] as $request) {
        Check::throws(InvalidArgument::class, static function () use ($request): void {
            (new Webhook('s'))->verifyRequest($request);
        });
    }
});

// WebAssembly has no packages of this machine.
if (!function_exists('post_message_to_js')) {
    test('frameworks: Symfony', static function (): void {
        package('Symfony/Component/HttpFoundation');
        assertFramework(static function (string $body, string $signature): object {
            $server = ['HTTP_X_SIGNATURE' => $signature, 'CONTENT_TYPE' => 'application/json'];
            return new \Symfony\Component\HttpFoundation\Request([], [], [], [], [], $server, $body);
        });
    });

    test('frameworks: Laravel', static function (): void {
        package('Illuminate/Http');
        assertFramework(static function (string $body, string $signature): object {
            $server = ['HTTP_X_SIGNATURE' => $signature, 'CONTENT_TYPE' => 'application/json'];
            $request = \Illuminate\Http\Request::create('/webhook', 'POST', [], [], [], $server, $body);
            // A middleware has read it as JSON before.
            $request->json()->all();
            return $request;
        });
    });

    test('frameworks: PSR-7', static function (): void {
        package('Nyholm/Psr7');
        package('GuzzleHttp/Psr7');
        foreach ([\Nyholm\Psr7\ServerRequest::class, \GuzzleHttp\Psr7\ServerRequest::class] as $class) {
            assertFramework(static function (string $body, string $signature) use ($class): object {
                $headers = ['x-signature' => $signature];
                $request = new $class('POST', 'https://shop.example/webhook', $headers, $body);
                // Somebody has read it before.
                $request->getBody()->getContents();
                return $request;
            });
        }
    });
}
