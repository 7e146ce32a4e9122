<?php

declare(strict_types=1);

namespace UsdtClient\Http;

/** Reaches the gateway by PHP's extension for curl. */
final class CurlTransport implements Transport
{
    public static function isAvailable(): bool
    {
        return function_exists('curl_init') && function_exists('curl_exec');
    }

    public function send(Request $request): Response
    {
        $headers = [];
        $body = '';
        $curl = curl_init();
        curl_setopt_array($curl, [
            CURLOPT_URL => $request->url,
            CURLOPT_CUSTOMREQUEST => $request->method,
            // Without "Expect", curl would wait for a "100 Continue" before longer bodies.
            CURLOPT_HTTPHEADER => array_merge(self::lines($request->headers), ['Expect:']),
            CURLOPT_CONNECTTIMEOUT_MS => self::milliseconds($request->connectTimeout),
            CURLOPT_TIMEOUT_MS => self::milliseconds($request->timeout),
            CURLOPT_NOSIGNAL => true,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_SSL_VERIFYPEER => true,
            CURLOPT_SSL_VERIFYHOST => 2,
            CURLOPT_HEADERFUNCTION => static function ($curl, string $line) use (&$headers): int {
                if (strncmp($line, 'HTTP/', 5) === 0) {
                    $headers = [];
                } elseif (strpos($line, ':') !== false) {
                    [$name, $value] = explode(':', $line, 2);
                    $headers[trim($name)] = trim($value);
                }
                return strlen($line);
            },
            CURLOPT_WRITEFUNCTION => static function ($curl, string $chunk) use (&$body, $request): int {
                $body .= $chunk;
                return strlen($body) > $request->maxBytes ? 0 : strlen($chunk);
            },
        ]);
        if ($request->body !== null) {
            curl_setopt($curl, CURLOPT_POSTFIELDS, $request->body);
        }
        $isWhole = curl_exec($curl);
        if ($isWhole === false && strlen($body) <= $request->maxBytes) {
            throw new \RuntimeException(curl_error($curl));
        }
        return new Response((int) curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $headers, $body);
    }

    /**
     * @param array<string, string> $headers
     * @return string[]
     */
    private static function lines(array $headers): array
    {
        $lines = [];
        foreach ($headers as $name => $value) {
            $lines[] = "$name: $value";
        }
        return $lines;
    }

    private static function milliseconds(float $seconds): int
    {
        return max(1, (int) ceil($seconds * 1000));
    }
}
