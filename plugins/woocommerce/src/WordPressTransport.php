<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

use UsdtCheckout\WooCommerce\UsdtClient\Http\Request;
use UsdtCheckout\WooCommerce\UsdtClient\Http\Response;
use UsdtCheckout\WooCommerce\UsdtClient\Http\Transport;

/** Reaches the gateway as WordPress reaches others: by its proxy, with its certificates. */
final class WordPressTransport implements Transport
{
    public function send(Request $request): Response
    {
        $answer = wp_remote_request($request->url, [
            'method' => $request->method,
            'headers' => $request->headers,
            'user-agent' => $request->headers['User-Agent'] ?? '',
            'body' => $request->body,
            'timeout' => $request->timeout,
            'redirection' => 0,
            'sslverify' => true,
            'limit_response_size' => $request->maxBytes + 1,
        ]);
        if (is_wp_error($answer)) {
            // phpcs:ignore WordPress.Security.EscapeOutput.ExceptionNotEscaped -- It is logged, and no page shows it.
            throw new \RuntimeException($answer->get_error_message());
        }
        $headers = wp_remote_retrieve_headers($answer);
        $headers = is_object($headers) ? $headers->getAll() : (array) $headers;
        return new Response(
            (int) wp_remote_retrieve_response_code($answer),
            $headers,
            (string) wp_remote_retrieve_body($answer)
        );
    }
}
