<?php

declare(strict_types=1);

namespace UsdtClient\Http;

/** What a transport brings back. */
final class Response
{
    /** @var int */
    public $status;
    /** @var array<string, string> Under names in lower case. */
    public $headers = [];
    /** @var string */
    public $body;

    /** @param array<string, string|string[]> $headers Under names of any case. */
    public function __construct(int $status, array $headers, string $body)
    {
        $this->status = $status;
        foreach ($headers as $name => $value) {
            $this->headers[strtolower((string) $name)] = is_array($value) ? implode(', ', $value) : (string) $value;
        }
        $this->body = $body;
    }
}
