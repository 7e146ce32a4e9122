<?php

declare(strict_types=1);

namespace UsdtClient;

/** Calls a gateway for one project, and verifies its webhooks. */
final class Client implements \JsonSerializable
{
    public const VERSION = '1.0.0';

    /** The most seconds for which the gateway holds an answer. */
    private const MOST_WAIT = 25;
    /** After an answer that came at once without news: the gateway holds no more of them. */
    private const PAUSE = 5.0;

    private const OPTIONS = ['connect_timeout', 'timeout', 'user_agent', 'transport', 'webhook_secrets', 'clock'];
    private const REASON = ['by', 'note'];

    /** @var Caller */
    private $caller;
    /** @var Webhook */
    private $webhook;
    /** @var Clock */
    private $clock;

    /**
     * The options:
     *
     * - `connect_timeout`: seconds until the connection stands, 5;
     * - `timeout`: seconds of each attempt until the whole answer is there, 15;
     * - `user_agent`: your program's name for the gateway's log, such as `plugin/2.1`;
     * - `transport`: another way to reach the gateway, an `Http\Transport`;
     * - `webhook_secrets`: one or a list, where it is not the API secret alone that signs webhooks;
     * - `clock`: a `Clock`, for tests.
     *
     * @param mixed $gateway The gateway's origin, such as `https://pay.example.com`.
     * @param mixed $apiKey
     * @param mixed $apiSecret
     * @param array<string, mixed> $options
     */
    public function __construct(
        $gateway,
        $apiKey,
        #[\SensitiveParameter]
        $apiSecret,
        #[\SensitiveParameter]
        $options = []
    ) {
        // The secrets have no types and leave the arguments at once, since traces show arguments.
        $webhookSecrets = is_array($options) ? $options['webhook_secrets'] ?? $apiSecret : $apiSecret;
        $options = array_diff_key((array) $options, ['webhook_secrets' => true]);
        $secret = Secret::take($apiSecret, 'api_secret');
        Arguments::known($options, self::OPTIONS);
        $this->clock = Arguments::clock($options['clock'] ?? null);
        $this->webhook = new Webhook($webhookSecrets, $this->clock);
        $this->caller = new Caller($gateway, $apiKey, $secret, $this->clock, $options);
    }

    /**
     * Creates a payment, or returns the one that the order has. Store its `paymentId` with the order and redirect the
     * payer to its `paymentUrl`. A repeat makes no second payment.
     *
     * @param array<string, mixed> $payment `order_id`, which never comes again (`<shop>-<order>-<attempt>`); `amount`,
     *     or `price_amount` and `price_currency`; and `description`, `metadata`, `success_url`, `fail_url`.
     * @param string|null $idempotencyKey A name of yours for this one request, where the program may be run again.
     */
    public function createPayment(array $payment, ?string $idempotencyKey = null): Payment
    {
        $texts = ['order_id', 'description', 'success_url', 'fail_url'];
        $decimals = ['amount', 'price_amount'];
        Arguments::known($payment, array_merge($texts, $decimals, ['price_currency', 'metadata']));
        $payment = self::given($payment);
        Arguments::text($payment['order_id'] ?? null, 'order_id');
        foreach ($decimals as $name) {
            if (isset($payment[$name])) {
                Decimal::require($payment[$name], $name);
            }
        }
        if (isset($payment['amount']) === isset($payment['price_amount'])) {
            throw new InvalidArgument('either amount or price_amount is required');
        }
        if (isset($payment['price_amount']) !== isset($payment['price_currency'])) {
            throw new InvalidArgument('price_amount and price_currency belong together');
        }
        if (isset($payment['metadata'])) {
            if (!is_array($payment['metadata'])) {
                throw new InvalidArgument('metadata must be an array of texts under names');
            }
            // Names may be numbers, and there may be none.
            $payment['metadata'] = (object) $payment['metadata'];
        }
        $key = $idempotencyKey ?? bin2hex(random_bytes(16));
        $created = $this->payment('POST', '/api/create-payment.php', [], $payment, $key);
        $isAsked = $created->orderId === $payment['order_id']
            && (!isset($payment['amount']) || Decimal::compare($created->amount, $payment['amount']) === 0);
        if (!$isAsked) {
            throw Answer::unexpected('it is of another order or amount');
        }
        return $created;
    }

    /**
     * How a payment stands.
     *
     * @param string|int $paymentId
     */
    public function getPayment($paymentId): Payment
    {
        return $this->status(PaymentId::require($paymentId), []);
    }

    /** The order's payment that is pending or paid, or else its latest. */
    public function getPaymentByOrder(string $orderId): Payment
    {
        $query = ['order_id' => Arguments::text($orderId, 'order_id')];
        $payment = $this->payment('GET', '/api/payment-status.php', $query);
        if ($payment->orderId !== $orderId) {
            throw Answer::unexpected('it is of another order');
        }
        return $payment;
    }

    /** The payment once it has changed, or as it was after so many seconds, at most 25. */
    public function waitForChange(Payment $payment, int $seconds = self::MOST_WAIT): Payment
    {
        if ($seconds < 0 || $seconds > self::MOST_WAIT) {
            throw new InvalidArgument('seconds must be from 0 to ' . self::MOST_WAIT);
        }
        $end = $this->clock->now() + $seconds;
        $changed = $this->status($payment->paymentId, ['wait' => $seconds, 'v' => $payment->version], $seconds);
        $left = min($end - $this->clock->now(), self::PAUSE);
        if ($changed->version === $payment->version && $left > 0) {
            $this->clock->sleep($left);
        }
        return $changed;
    }

    /**
     * A payment and what has become of it, step by step.
     *
     * @param string|int $paymentId
     */
    public function retrieve($paymentId): RetrievedPayment
    {
        $path = '/api/v1/payments/' . PaymentId::require($paymentId);
        return Answer::parts($this->caller->call('GET', $path), [RetrievedPayment::class, 'read']);
    }

    /**
     * All payments that fit, the newest first, page by page as they are asked for.
     *
     * @param array<string, mixed> $filters `status`, `order_id`, `created_from`, `created_to`, `txid`, `amount`, and
     *     `limit`: the rows of each page.
     * @return \Generator<int, Payment>
     */
    public function listPayments(array $filters = []): \Generator
    {
        $names = ['status', 'order_id', 'created_from', 'created_to', 'txid', 'amount', 'limit'];
        $query = self::filters($filters, $names);
        if (isset($query['amount'])) {
            Decimal::require($query['amount'], 'amount');
        }
        return $this->pages('/api/v1/payments', $query, 'payments', [Payment::class, 'read']);
    }

    /**
     * Gives up a payment that is pending and for which no money was seen.
     *
     * @param string|int $paymentId
     * @param array<string, string> $reason `by` and `note`: who, and why.
     */
    public function cancelPayment($paymentId, array $reason = [], ?string $idempotencyKey = null): RetrievedPayment
    {
        $id = PaymentId::require($paymentId);
        $body = ['payment_id' => $id] + self::reason($reason);
        $answer = $this->caller->call('POST', "/api/v1/payments/$id/cancel", [], $body, $idempotencyKey);
        return Answer::parts($answer, [RetrievedPayment::class, 'read']);
    }

    /** How the project is set up and stands. */
    public function project(): Project
    {
        return $this->part('GET', '/api/v1/project', null, null, 'project', [Project::class, 'read']);
    }

    /**
     * @param array<string, mixed> $changes Of `webhook_url`, `events` and `further_retries`, with `by` and `note`.
     */
    public function updateProject(array $changes, ?string $idempotencyKey = null): Project
    {
        Arguments::known($changes, array_merge(['webhook_url', 'events', 'further_retries'], self::REASON));
        return $this->part('PATCH', '/api/v1/project', $changes, $idempotencyKey, 'project', [Project::class, 'read']);
    }

    /** For a button "Test connection": an error is in what it returns. */
    public function ping(): Ping
    {
        $start = $this->clock->now();
        try {
            $project = $this->project();
        } catch (ConnectionError | ApiError $error) {
            return Ping::bad($error);
        }
        $middle = ($start + $this->clock->now()) / 2;
        return Ping::good($project, round($middle - (float) $project->serverTime->format('U.u')));
    }

    /**
     * All webhook events that fit, page by page as they are asked for.
     *
     * @param array<string, mixed> $filters `type`, `state`, `payment_id`, `created_from`, `created_to`, and `limit`:
     *     the rows of each page.
     * @return \Generator<int, StoredEvent>
     */
    public function listEvents(array $filters = []): \Generator
    {
        $names = ['type', 'state', 'payment_id', 'created_from', 'created_to', 'limit'];
        $query = self::filters($filters, $names);
        if (isset($query['payment_id'])) {
            $query['payment_id'] = PaymentId::require($query['payment_id']);
        }
        return $this->pages('/api/v1/events', $query, 'events', [StoredEvent::class, 'read']);
    }

    /** An event with its bytes and each attempt. */
    public function getEvent(string $eventId): StoredEvent
    {
        $path = '/api/v1/events/' . Arguments::segment($eventId, 'event_id');
        return $this->part('GET', $path, null, null, 'event', [StoredEvent::class, 'read']);
    }

    /**
     * Sends an event again, now.
     *
     * @param array<string, string> $reason `by` and `note`: who, and why.
     */
    public function resendEvent(string $eventId, array $reason = [], ?string $idempotencyKey = null): StoredEvent
    {
        $path = '/api/v1/events/' . Arguments::segment($eventId, 'event_id') . '/resend';
        $body = ['event_id' => $eventId] + self::reason($reason);
        return $this->part('POST', $path, $body, $idempotencyKey, 'event', [StoredEvent::class, 'read']);
    }

    /**
     * All transfers in review, the oldest first, page by page as they are asked for.
     *
     * @param array<string, mixed> $filters `limit`: the rows of each page.
     * @return \Generator<int, Review>
     */
    public function listReviews(array $filters = []): \Generator
    {
        $query = self::filters($filters, ['limit']);
        return $this->pages('/api/v1/reviews', $query, 'reviews', [Review::class, 'read']);
    }

    /**
     * Takes a transfer for a payment. It cannot be undone.
     *
     * @param array<string, mixed> $acceptance `payment_id`, `by` and `note`; and `with`, a list of other reviews whose
     *     transfers count with it; and `anyway`.
     */
    public function acceptReview(string $reviewId, array $acceptance, ?string $idempotencyKey = null): Acceptance
    {
        Arguments::known($acceptance, array_merge(['payment_id', 'with', 'anyway'], self::REASON));
        $path = '/api/v1/reviews/' . Arguments::segment($reviewId, 'review_id') . '/accept';
        $paymentId = PaymentId::require($acceptance['payment_id'] ?? null);
        $body = ['review_id' => $reviewId, 'payment_id' => $paymentId] + self::given($acceptance);
        $answer = $this->caller->call('POST', $path, [], $body, $idempotencyKey);
        return Answer::parts($answer, [Acceptance::class, 'read']);
    }

    /**
     * Takes a transfer out of the list as nobody's payment.
     *
     * @param array<string, string> $reason `by` and `note`: who, and why.
     */
    public function dismissReview(string $reviewId, array $reason, ?string $idempotencyKey = null): Review
    {
        $path = '/api/v1/reviews/' . Arguments::segment($reviewId, 'review_id') . '/dismiss';
        $body = ['review_id' => $reviewId] + self::reason($reason);
        return $this->part('POST', $path, $body, $idempotencyKey, 'review', [Review::class, 'read']);
    }

    /** Sends the receiver a signed test, and says what came back. */
    public function sendTestWebhook(): WebhookTest
    {
        return $this->part('POST', '/api/v1/webhook-test', [], null, 'test', [WebhookTest::class, 'read']);
    }

    /**
     * Of a test project: pays a payment on the simulated chain.
     *
     * @param string|int $paymentId
     * @param array<string, mixed> $pay `case`: `exact`, `less`, `more`, `twice`, `late` or `failing`; `amount`;
     *     `confirm`.
     */
    public function testPay($paymentId, array $pay = ['case' => 'exact'], ?string $idempotencyKey = null): TestPay
    {
        Arguments::known($pay, ['case', 'amount', 'confirm']);
        if (isset($pay['amount'])) {
            Decimal::require($pay['amount'], 'amount');
        }
        $body = ['payment_id' => PaymentId::require($paymentId)] + self::given($pay);
        $answer = $this->caller->call('POST', '/api/v1/test/pay', [], $body, $idempotencyKey);
        return Answer::parts($answer, [TestPay::class, 'read']);
    }

    /** Of a test project: lets time pass on the simulated chain. Returns how many blocks were made for it. */
    public function testTime(int $seconds, ?string $idempotencyKey = null): int
    {
        $body = ['seconds' => $seconds];
        $answer = $this->caller->call('POST', '/api/v1/test/time', [], $body, $idempotencyKey);
        return Answer::parts($answer, static function (Fields $fields): int {
            return $fields->integer('blocks');
        });
    }

    /**
     * Any signed call, for what this version does not know. It is repeated where it only asks, or has an idempotency
     * key.
     *
     * @param array<string, mixed> $query
     * @param array<string, mixed>|null $body
     * @return array<string, mixed> The whole answer.
     */
    public function request(
        string $method,
        string $path,
        array $query = [],
        ?array $body = null,
        ?string $idempotencyKey = null
    ): array {
        return $this->caller->call($method, $path, $query, $body, $idempotencyKey);
    }

    /**
     * Returns the event, or throws a `SignatureError`: then answer 401.
     *
     * @param mixed $rawBody The bytes as they came.
     * @param mixed $headers In any form, such as `$_SERVER`.
     */
    public function verifyWebhook($rawBody, $headers): Event
    {
        return $this->webhook->verify($rawBody, $headers);
    }

    /** The verifier of this project's webhooks, with what reads the requests of frameworks. */
    public function webhook(): Webhook
    {
        return $this->webhook;
    }

    /** @return array<string, string> */
    public function jsonSerialize(): array
    {
        return ['gateway' => $this->caller->origin()];
    }

    /** @return array<string, string> */
    public function __debugInfo(): array
    {
        return $this->jsonSerialize();
    }

    /** @param array<string, mixed> $more */
    private function status(string $paymentId, array $more, int $hold = 0): Payment
    {
        $query = ['payment_id' => $paymentId] + $more;
        $payment = $this->payment('GET', '/api/payment-status.php', $query, null, null, $hold);
        if ($payment->paymentId !== $paymentId) {
            throw Answer::unexpected('it is of another payment');
        }
        return $payment;
    }

    /**
     * @param array<string, mixed> $query
     * @param array<string, mixed>|null $body
     */
    private function payment(
        string $method,
        string $path,
        array $query,
        ?array $body = null,
        ?string $key = null,
        int $hold = 0
    ): Payment {
        $answer = $this->caller->call($method, $path, $query, $body, $key, (float) $hold);
        return Answer::parts($answer, static function (Fields $fields): Payment {
            return Payment::read($fields->object('payment'));
        });
    }

    /**
     * @param array<string, mixed>|null $body
     * @return mixed
     */
    private function part(string $method, string $path, ?array $body, ?string $key, string $name, callable $read)
    {
        $answer = $this->caller->call($method, $path, [], $body, $key);
        return Answer::parts($answer, static function (Fields $fields) use ($name, $read) {
            return $read($fields->object($name));
        });
    }

    /** @param array<string, mixed> $query */
    private function pages(string $path, array $query, string $name, callable $read): \Generator
    {
        $cursor = null;
        do {
            $answer = $this->caller->call('GET', $path, $query + ['cursor' => $cursor]);
            [$rows, $next] = Answer::parts($answer, static function (Fields $fields) use ($name, $read): array {
                return [array_map($read, $fields->objects($name)), $fields->optionalText('next_cursor')];
            });
            foreach ($rows as $row) {
                yield $row;
            }
            if ($next !== null && $next === $cursor) {
                throw Answer::unexpected('its next page is the same page');
            }
            $cursor = $next;
        } while ($cursor !== null);
    }

    /**
     * @param array<string, mixed> $filters
     * @param string[] $known
     * @return array<string, mixed>
     */
    private static function filters(array $filters, array $known): array
    {
        Arguments::known($filters, $known);
        foreach (['created_from', 'created_to'] as $name) {
            if (isset($filters[$name])) {
                $filters[$name] = Arguments::time($filters[$name], $name);
            }
        }
        return self::given($filters);
    }

    /**
     * @param array<string, mixed> $reason
     * @return array<string, mixed>
     */
    private static function reason(array $reason): array
    {
        Arguments::known($reason, self::REASON);
        return self::given($reason);
    }

    /**
     * What is `null` is not given.
     *
     * @param array<string, mixed> $values
     * @return array<string, mixed>
     */
    private static function given(array $values): array
    {
        return array_filter($values, static function ($value): bool {
            return $value !== null;
        });
    }
}
