<?php

declare(strict_types=1);

namespace UsdtClient;

/** Verifies webhooks by the project's secret, or by each of several while a secret is changed. */
final class Webhook implements \JsonSerializable
{
    /** Seconds by which a webhook's time may be off, either way. */
    public const TOLERANCE = 300;

    /** @var Secret[] */
    private $secrets;
    /** @var Clock */
    private $clock;

    /**
     * @param mixed $secrets One secret, or a list.
     * @param Clock|null $clock For tests: the time by which a webhook's age is told.
     */
    public function __construct(
        #[\SensitiveParameter]
        $secrets,
        $clock = null
    ) {
        $this->secrets = Secret::takeAll($secrets, 'the webhook secret');
        $this->clock = Arguments::clock($clock);
    }

    /**
     * Returns the event, or throws a `SignatureError`: then answer 401.
     *
     * @param mixed $rawBody The bytes as they came.
     * @param mixed $headers In any form: names with texts or lists of texts, `$_SERVER`, or pairs.
     */
    public function verify($rawBody, $headers): Event
    {
        if (!is_string($rawBody)) {
            throw new InvalidArgument(
                'the raw body is required, as a string: what came was parsed, and has other bytes than were signed'
            );
        }
        $headers = Headers::read($headers);
        $this->verifySignature($rawBody, $headers['x-signature'] ?? null);
        $signatures = $headers['webhook-signature'] ?? null;
        if ($signatures !== null) {
            $id = $headers['webhook-id'] ?? null;
            $timestamp = $headers['webhook-timestamp'] ?? null;
            $this->verifyStandard($rawBody, $signatures, $id, $timestamp);
        }
        $event = Fields::decode($rawBody);
        if ($event === null) {
            throw new SignatureError('malformed_body', 'the body is no JSON object in UTF-8');
        }
        return Event::of($event);
    }

    /**
     * Verifies a framework's request: of Laravel, Symfony or PSR-7. Without one, the request that PHP itself is
     * answering.
     */
    public function verifyRequest(?object $request = null): Event
    {
        [$rawBody, $headers] = IncomingRequest::read($request);
        return $this->verify($rawBody, $headers);
    }

    /** @return array<string, string> */
    public function jsonSerialize(): array
    {
        return [];
    }

    /** @return array<string, string> */
    public function __debugInfo(): array
    {
        return [];
    }

    private function verifySignature(string $body, ?string $signature): void
    {
        if ($signature === null) {
            throw new SignatureError('missing_signature', 'X-Signature is missing');
        }
        if (!preg_match('/^[0-9a-fA-F]{64}$/D', $signature)) {
            throw new SignatureError('malformed_signature', 'X-Signature must have 64 hex digits');
        }
        if (!$this->isSigned($body, [strtolower($signature)])) {
            throw new SignatureError(
                'wrong_signature',
                'X-Signature is not that of this body under this secret'
            );
        }
    }

    /** The signature of Standard Webhooks, which covers the time too. */
    private function verifyStandard(string $body, string $header, ?string $id, ?string $timestamp): void
    {
        if ($id === null || $timestamp === null) {
            throw new SignatureError(
                'missing_webhook_header',
                'webhook-signature needs webhook-id and webhook-timestamp'
            );
        }
        if (!preg_match('/^[0-9]{1,12}$/D', $timestamp)) {
            throw new SignatureError('malformed_timestamp', 'webhook-timestamp must be whole seconds');
        }
        $age = $this->clock->now() - (float) $timestamp;
        if ($age > self::TOLERANCE) {
            throw new SignatureError('timestamp_too_old', 'webhook-timestamp is ' . floor($age) . ' seconds old');
        }
        if ($age < -self::TOLERANCE) {
            throw new SignatureError('timestamp_too_new', 'webhook-timestamp is ' . floor(-$age) . ' seconds ahead');
        }
        preg_match_all('~(?<=^| )v1,([A-Za-z0-9+/]{43}=)(?= |$)~D', $header, $matches);
        $signatures = array_map(static function (string $signature): string {
            return bin2hex((string) base64_decode($signature, true));
        }, $matches[1]);
        if (!$this->isSigned("$id.$timestamp.$body", $signatures)) {
            throw new SignatureError(
                'wrong_webhook_signature',
                'webhook-signature is not that of this body under this secret'
            );
        }
    }

    /** @param string[] $signatures In hex. */
    private function isSigned(string $bytes, array $signatures): bool
    {
        foreach ($this->secrets as $secret) {
            foreach ($signatures as $signature) {
                if (hash_equals($secret->sign($bytes), $signature)) {
                    return true;
                }
            }
        }
        return false;
    }
}
