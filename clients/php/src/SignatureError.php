<?php

declare(strict_types=1);

namespace UsdtClient;

/** What came is no webhook of the gateway: answer 401. */
final class SignatureError extends \RuntimeException implements UsdtError
{
    /** @var string */
    private $reason;

    public function __construct(string $reason, string $message)
    {
        parent::__construct($message);
        $this->reason = $reason;
    }

    /**
     * Why it is refused: `missing_signature`, `malformed_signature`, `wrong_signature`, `missing_webhook_header`,
     * `malformed_timestamp`, `timestamp_too_old`, `timestamp_too_new`, `wrong_webhook_signature` or `malformed_body`.
     */
    public function getReason(): string
    {
        return $this->reason;
    }
}
