<?php

declare(strict_types=1);

namespace UsdtClient;

use UsdtClient\Http\Response;

/**
 * Reads an answer: what the gateway says, or the error that it is.
 *
 * @internal
 */
final class Answer
{
    /** Of an answer's body: 1 MiB. */
    public const MOST_BYTES = 1048576;

    private const CLASSES = [
        400 => InvalidRequestError::class,
        401 => AuthenticationError::class,
        403 => AuthenticationError::class,
        404 => NotFoundError::class,
        409 => OrderConflictError::class,
        422 => InvalidRequestError::class,
        429 => RateLimitError::class,
    ];

    /** @return array<string, mixed> What the answer holds. */
    public static function read(Response $response): array
    {
        $isTooLarge = strlen($response->body) > self::MOST_BYTES;
        $value = $isTooLarge ? null : Fields::decode($response->body);
        $status = $response->status;
        $what = $isTooLarge ? 'what has more than 1 MiB' : 'what has ' . strlen($response->body) . ' bytes';
        if ($status >= 200 && $status < 300) {
            if (($value['ok'] ?? null) === true) {
                return $value;
            }
            throw self::error(
                UnexpectedAnswerError::class,
                "$what with status $status is no answer of the gateway",
                $response,
                $value
            );
        }
        $class = $status >= 500 ? ServerError::class : self::CLASSES[$status] ?? ApiError::class;
        if (($value['ok'] ?? null) === false && is_string($value['error'] ?? null)) {
            throw self::error($class, $value['error'], $response, $value);
        }
        // A proxy's 5xx and 429 mean what the gateway's do. Any other status must be the gateway's own word.
        $isClear = $status >= 500 || $status === 429;
        throw self::error(
            $isClear ? $class : UnexpectedAnswerError::class,
            "$what with status $status is no error of the gateway",
            $response,
            $value
        );
    }

    /**
     * Reads the parts of an answer that said `ok`.
     *
     * @param array<string, mixed> $answer
     * @return mixed
     */
    public static function parts(array $answer, callable $read)
    {
        try {
            return $read(new Fields($answer));
        } catch (Malformed $malformed) {
            throw self::unexpected($malformed->getMessage());
        }
    }

    /** The error for an answer that is whole and says something else than was asked. */
    public static function unexpected(string $message): UnexpectedAnswerError
    {
        return new UnexpectedAnswerError("the answer is none of the gateway: $message", 200);
    }

    /** @param array<string, mixed>|null $value */
    private static function error(string $class, string $message, Response $response, ?array $value): ApiError
    {
        $words = ['request_id' => $response->headers['x-request-id'] ?? null];
        foreach (['code', 'hint', 'docs'] as $name) {
            $words[$name] = is_string($value[$name] ?? null) ? $value[$name] : null;
        }
        $retryAfter = $response->headers['retry-after'] ?? '';
        $isSeconds = preg_match('/^[0-9]{1,9}$/D', $retryAfter) === 1;
        return new $class($message, $response->status, $words, $isSeconds ? (int) $retryAfter : null);
    }
}
