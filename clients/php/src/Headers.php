<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * Headers of a request in any of the forms that PHP's servers and frameworks have.
 *
 * @internal
 */
final class Headers
{
    private const OURS = ['x-signature', 'webhook-id', 'webhook-timestamp', 'webhook-signature'];

    /**
     * Those that concern webhooks, under names in lower case. What came several times is joined, as HTTP does.
     *
     * @param mixed $headers
     * @return array<string, string>
     */
    public static function read($headers): array
    {
        if (!is_iterable($headers)) {
            throw new InvalidArgument('headers must be an array, such as getallheaders() or $_SERVER');
        }
        $found = [];
        foreach ($headers as $name => $value) {
            if (is_int($name) && is_array($value) && isset($value[0], $value[1])) {
                [$name, $value] = array_values($value);
            }
            $name = self::nameOf((string) $name);
            if (!in_array($name, self::OURS, true)) {
                continue;
            }
            foreach (is_array($value) ? $value : [$value] as $one) {
                if (is_string($one) || is_int($one)) {
                    $found[$name][] = (string) $one;
                }
            }
        }
        return array_map(static function (array $values): string {
            return implode(', ', $values);
        }, $found);
    }

    /** `HTTP_X_SIGNATURE` of a server, `x_signature` of WordPress and `X-Signature` are one name. */
    private static function nameOf(string $name): string
    {
        $name = strtr(strtolower($name), '_', '-');
        return strncmp($name, 'http-', 5) === 0 ? substr($name, 5) : $name;
    }
}
