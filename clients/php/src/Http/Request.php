<?php

declare(strict_types=1);

namespace UsdtClient\Http;

/** What a transport sends. */
final class Request
{
    /** @var string */
    public $method;
    /** @var string */
    public $url;
    /** @var array<string, string> */
    public $headers;
    /** @var string|null The exact bytes, or no body. */
    public $body;
    /** @var float Seconds until the connection stands, TLS included. */
    public $connectTimeout;
    /** @var float Seconds until the whole answer is there. */
    public $timeout;
    /** @var int A longer answer may be cut off behind so many bytes and one. */
    public $maxBytes;

    /** @param array<string, string> $headers */
    public function __construct(
        string $method,
        string $url,
        array $headers,
        ?string $body,
        float $connectTimeout,
        float $timeout,
        int $maxBytes
    ) {
        $this->method = $method;
        $this->url = $url;
        $this->headers = $headers;
        $this->body = $body;
        $this->connectTimeout = $connectTimeout;
        $this->timeout = $timeout;
        $this->maxBytes = $maxBytes;
    }

    /** @return array<string, mixed> */
    public function __debugInfo(): array
    {
        return ['method' => $this->method, 'url' => $this->url];
    }
}
