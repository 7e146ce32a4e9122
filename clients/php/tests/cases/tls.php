<?php

// Certificates are checked, and a connection has its time.

declare(strict_types=1);

namespace UsdtClient\Tests;

use UsdtClient\Client;
use UsdtClient\ConnectionError;
use UsdtClient\NotFoundError;

foreach (Kit::transports() as $name => $transport) {
    $ask = static function (string $gateway) use ($transport): callable {
        return static function () use ($gateway, $transport): void {
            $options = ['transport' => $transport, 'clock' => new Pauses(), 'connect_timeout' => 0.3];
            (new Client($gateway, 'pk_1', 'sk_1', $options))->cancelPayment(1);
        };
    };

    test("tls: a certificate of another name, or of nobody, is refused, by $name", static function () use ($ask): void {
        foreach (['tls_of_another_name', 'tls'] as $gateway) {
            if ($gateway === 'tls' && ini_get('openssl.cafile')) {
                continue;
            }
            $error = Check::throws(ConnectionError::class, $ask(Kit::get($gateway)), $gateway);
            Check::like('/certificate|subject name|crypto/i', $error->getMessage(), $gateway);
        }
    });

    if (ini_get('openssl.cafile')) {
        test("tls: a trusted certificate is accepted, by $name", static function () use ($ask): void {
            $error = Check::throws(NotFoundError::class, $ask(Kit::get('tls')));
            Check::same('over_tls', $error->getErrorCode());
        });
    }

    test("tls: a connection has its time, by $name", static function () use ($ask): void {
        Check::throws(ConnectionError::class, $ask(Kit::get('silent')));
    });
}
