<?php

declare(strict_types=1);

namespace UsdtClient;

/** The gateway, or what stands before it, answered with something else than was asked for. */
class ApiError extends \RuntimeException implements UsdtError
{
    /** @var array<string, string|null> */
    private $words;
    /** @var int|null */
    private $retryAfter;

    /**
     * @internal
     * @param array<string, string|null> $words
     */
    final public function __construct(string $message, int $status, array $words = [], ?int $retryAfter = null)
    {
        parent::__construct($message, $status);
        $this->words = $words;
        $this->retryAfter = $retryAfter;
    }

    /** The HTTP status. */
    public function getStatus(): int
    {
        return $this->getCode();
    }

    /** The gateway's word for the error: programs decide by it. */
    public function getErrorCode(): ?string
    {
        return $this->words['code'] ?? null;
    }

    /** What came and what to send, for your log. */
    public function getHint(): ?string
    {
        return $this->words['hint'] ?? null;
    }

    /** The address where people read about it. */
    public function getDocs(): ?string
    {
        return $this->words['docs'] ?? null;
    }

    /** Leads the gateway's operator to the cause. */
    public function getRequestId(): ?string
    {
        return $this->words['request_id'] ?? null;
    }

    /** Seconds to wait. */
    public function getRetryAfter(): ?int
    {
        return $this->retryAfter;
    }
}
