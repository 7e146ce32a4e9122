<?php

declare(strict_types=1);

namespace UsdtClient;

/**
 * The raw body and the headers of a request that came, by the methods that its framework gives it.
 *
 * @internal
 */
final class IncomingRequest
{
    /** More than any event has. A longer body has another signature. */
    private const MOST_BYTES = 1048576;

    /** @return array{string, iterable<mixed>} */
    public static function read(?object $request): array
    {
        if ($request === null) {
            return [(string) file_get_contents('php://input', false, null, 0, self::MOST_BYTES), $_SERVER];
        }
        if (method_exists($request, 'getContent') && isset($request->headers)) {
            return [(string) $request->getContent(), $request->headers->all()];
        }
        if (method_exists($request, 'getBody') && method_exists($request, 'getHeaders')) {
            return [(string) $request->getBody(), $request->getHeaders()];
        }
        throw new InvalidArgument(
            get_class($request) . ' is no request that is known: give its raw body and its headers to verify()'
        );
    }
}
