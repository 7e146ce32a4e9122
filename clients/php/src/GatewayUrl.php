<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * Where the gateway is: an origin, over HTTPS unless nothing real can be lost.
 *
 * @internal
 */
final class GatewayUrl
{
    private const ORIGIN = '~^(https?)://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?/?$~D';

    private const PORTS = ['http' => 80, 'https' => 443];

    /**
     * The gateway's origin, without a slash at its end.
     *
     * @param mixed $gateway
     */
    public static function parse($gateway, string $apiKey): string
    {
        if (!is_string($gateway) || !preg_match(self::ORIGIN, $gateway, $match) || (int) ($match[3] ?? 1) > 65535) {
            throw new InvalidArgument('gateway must be an origin such as "https://pay.example.com", without a path');
        }
        [, $scheme, $host] = $match;
        $host = strtolower($host);
        $port = (int) ($match[3] ?? self::PORTS[$scheme]);
        if ($scheme === 'http' && !self::isLoopback($host) && strncmp($apiKey, 'pk_test_', 8) !== 0) {
            throw new InvalidArgument('gateway must be https: http is for this machine, or a test key');
        }
        return "$scheme://$host" . ($port === self::PORTS[$scheme] ? '' : ":$port");
    }

    private static function isLoopback(string $host): bool
    {
        return $host === 'localhost' || $host === '[::1]' || preg_match('/^127(\.[0-9]{1,3}){3}$/D', $host) === 1;
    }
}
