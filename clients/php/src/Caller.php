<?php

declare(strict_types=1);

namespace UsdtClient;

use UsdtClient\Http\CurlTransport;
use UsdtClient\Http\Request;
use UsdtClient\Http\Response;
use UsdtClient\Http\SocketTransport;
use UsdtClient\Http\Transport;

/**
 * Signed calls: the same bytes in each try, and a further try only where it is safe.
 *
 * @internal
 */
final class Caller
{
    private const MOST_ATTEMPTS = 3;
    /** Seconds for all attempts and the pauses between them. */
    private const BUDGET = 20.0;
    private const FIRST_PAUSE = 0.25;
    private const WORTH_REPEATING = [429, 500, 502, 503, 504];

    private const METHODS = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'];
    private const PATH = '~^(/[A-Za-z0-9._\~%:@!$&\'()*+,;=-]+)+$~D';
    private const DOTS = '~/(\.|%2e){1,2}(/|$)~iD';

    /** @var string */
    private $origin;
    /** @var string */
    private $apiKey;
    /** @var Secret */
    private $secret;
    /** @var string */
    private $userAgent = 'usdt-client-php/' . Client::VERSION;
    /** @var float */
    private $connectTimeout;
    /** @var float */
    private $timeout;
    /** @var Transport */
    private $transport;
    /** @var Clock */
    private $clock;

    /**
     * @param mixed $gateway
     * @param mixed $apiKey
     * @param array<string, mixed> $options
     */
    public function __construct($gateway, $apiKey, Secret $secret, Clock $clock, array $options)
    {
        if (!is_string($apiKey) || !preg_match('/^[\x21-\x7e]+$/D', $apiKey)) {
            throw new InvalidArgument('api_key is missing or malformed: is its setting there?');
        }
        $this->origin = GatewayUrl::parse($gateway, $apiKey);
        $this->apiKey = $apiKey;
        $this->secret = $secret;
        $this->clock = $clock;
        $this->connectTimeout = self::seconds($options['connect_timeout'] ?? 5, 'connect_timeout');
        $this->timeout = self::seconds($options['timeout'] ?? 15, 'timeout');
        $name = $options['user_agent'] ?? null;
        if ($name !== null) {
            if (!is_string($name) || !preg_match('/^[\x20-\x7e]{1,200}$/D', $name)) {
                throw new InvalidArgument('user_agent must be 1 to 200 visible characters of ASCII');
            }
            $this->userAgent .= " $name";
        }
        $transport = $options['transport'] ?? self::transport();
        if (!$transport instanceof Transport) {
            throw new InvalidArgument('transport must be a ' . Transport::class);
        }
        $this->transport = $transport;
    }

    public function origin(): string
    {
        return $this->origin;
    }

    /**
     * @param array<string, mixed> $query
     * @param array<string, mixed>|null $body
     * @param string|null $key An idempotency key: with it the call is repeated where no answer came.
     * @param float $hold Seconds for which the gateway may hold its answer.
     * @return array<string, mixed>
     */
    public function call(
        string $method,
        string $path,
        array $query = [],
        ?array $body = null,
        ?string $key = null,
        float $hold = 0.0
    ): array {
        $isGet = $method === 'GET';
        self::check($method, $path, $key, $isGet && $body !== null);
        $search = self::encodeQuery($query);
        $bytes = $isGet ? null : self::encodeBody($body ?? []);
        $headers = array_filter([
            'Accept' => 'application/json',
            'Content-Type' => $isGet ? null : 'application/json',
            'User-Agent' => $this->userAgent,
            'X-API-Key' => $this->apiKey,
            'X-Signature' => $this->secret->sign($bytes ?? $search),
            'Idempotency-Key' => $key,
        ], 'is_string');
        $url = $this->origin . $path . ($search === '' ? '' : "?$search");
        $most = $this->timeout + $hold;
        $end = $this->clock->now() + max(self::BUDGET + $hold, $most);
        for ($attempt = 1;; $attempt++) {
            $timeout = min($most, $end - $this->clock->now());
            $request = new Request(
                $method,
                $url,
                $headers,
                $bytes,
                $this->connectTimeout,
                $timeout,
                Answer::MOST_BYTES
            );
            try {
                return Answer::read($this->send($request));
            } catch (UsdtError $error) {
                $isRepeatable = ($isGet || $key !== null) && $attempt < self::MOST_ATTEMPTS;
                $pause = $isRepeatable ? self::pauseAfter($error, $attempt) : null;
                if ($pause === null || $this->clock->now() + $pause >= $end) {
                    throw $error;
                }
                $this->clock->sleep($pause);
            }
        }
    }

    private function send(Request $request): Response
    {
        try {
            return $this->transport->send($request);
        } catch (\Exception $error) {
            $why = $error->getMessage();
        }
        // The transport's own error is not kept, since its trace holds the request with its signature.
        $signature = $request->headers['X-Signature'];
        unset($error, $request);
        $why = $this->secret->redact(str_replace($signature, '(hidden)', $why));
        throw new ConnectionError("no answer from {$this->origin}: $why");
    }

    /** Seconds to wait before the next attempt, or `null` where there must be none. */
    private static function pauseAfter(UsdtError $error, int $attempt): ?float
    {
        $pause = self::FIRST_PAUSE * 2 ** ($attempt - 1) * (1 + random_int(0, 1000) / 1000);
        if ($error instanceof ConnectionError) {
            return $pause;
        }
        if (!$error instanceof ApiError || !in_array($error->getStatus(), self::WORTH_REPEATING, true)) {
            return null;
        }
        return max($pause, (float) $error->getRetryAfter());
    }

    private static function transport(): Transport
    {
        return CurlTransport::isAvailable() ? new CurlTransport() : new SocketTransport();
    }

    private static function check(string $method, string $path, ?string $key, bool $isGetWithBody): void
    {
        if (!in_array($method, self::METHODS, true)) {
            throw new InvalidArgument('method must be one of ' . implode(', ', self::METHODS));
        }
        if (!preg_match(self::PATH, $path) || preg_match(self::DOTS, $path)) {
            throw new InvalidArgument('path must begin with a slash, and have no query and no dots alone');
        }
        if ($key !== null && !preg_match('/^[\x21-\x7e]{1,255}$/D', $key)) {
            throw new InvalidArgument('an idempotency key must be 1 to 255 visible characters of ASCII');
        }
        if ($isGetWithBody) {
            throw new InvalidArgument('a GET has no body: use the query');
        }
    }

    /** @param array<string, mixed> $query */
    private static function encodeQuery(array $query): string
    {
        $parts = [];
        foreach ($query as $name => $value) {
            if ($value === null) {
                continue;
            }
            if (!is_string($value) && !is_int($value)) {
                throw new InvalidArgument("$name must be a string or a whole number");
            }
            $parts[] = rawurlencode((string) $name) . '=' . rawurlencode((string) $value);
        }
        return implode('&', $parts);
    }

    /** @param array<string, mixed> $body */
    private static function encodeBody(array $body): string
    {
        if ($body !== [] && array_keys($body) === range(0, count($body) - 1)) {
            throw new InvalidArgument('the body must have names, not be a list');
        }
        $text = json_encode((object) $body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
        if ($text === false) {
            throw new InvalidArgument('the body is no JSON: ' . json_last_error_msg());
        }
        return $text;
    }

    /** @param mixed $value */
    private static function seconds($value, string $name): float
    {
        $isSeconds = (is_int($value) || is_float($value)) && $value > 0 && $value <= 3600;
        if (!$isSeconds) {
            throw new InvalidArgument("$name must be seconds above 0");
        }
        return (float) $value;
    }
}
