<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

/** The parts of the plugin, and what OpenCart's controllers ask of them. */
final class Plugin
{
    public const VERSION = '0.1.0';

    /** @var Platform */
    public $platform;
    /** @var Database */
    public $database;
    /** @var State */
    public $state;
    /** @var Settings */
    public $settings;
    /** @var Payments */
    public $payments;
    /** @var Shop */
    public $shop;
    /** @var Currencies */
    public $currencies;
    /** @var Orders */
    public $orders;
    /** @var Paying */
    public $paying;
    /** @var Booking */
    public $booking;
    /** @var Reconciliation */
    public $reconciliation;

    /** @param object $db OpenCart's database. */
    public function __construct(object $db, string $prefix, Platform $platform)
    {
        $this->platform = $platform;
        $this->database = new Database($db, $prefix);
        $this->state = new State($this->database);
        $this->settings = new Settings($this->database, $this->state, $platform->userAgent());
        $this->payments = new Payments($this->database);
        $this->shop = new Shop($this->state, $this->payments, $platform->home());
        $this->currencies = new Currencies($this->settings);
        $this->orders = new Orders($this->database, $platform, $this->settings);
        $this->paying = new Paying($this);
        $this->booking = new Booking($this);
        $this->reconciliation = new Reconciliation($this);
    }

    /** Whether a payer at an address may choose the method. */
    public function isOffered(int $countryId, int $zoneId): bool
    {
        if (!$this->paying->isPossible()) {
            return false;
        }
        $geoZone = $this->settings->number('geo_zone_id');
        $sql = 'SELECT geo_zone_id FROM {zone_to_geo_zone} WHERE geo_zone_id = ? AND country_id = ? AND zone_id IN (0, ?)';
        return $geoZone === 0 || $this->database->row($sql, [$geoZone, $countryId, $zoneId]) !== null;
    }

    /** The method's name, for OpenCart's templates, which take it for HTML. */
    public function title(): string
    {
        return htmlspecialchars($this->settings->text('title'), ENT_QUOTES, 'UTF-8');
    }

    /** The payer has confirmed the order in the checkout. */
    public function confirm(Visitor $visitor, Texts $texts): Answer
    {
        $orderId = $visitor->orderInCheckout();
        $token = $visitor->lastToken();
        if ($orderId === 0 && $token !== null) {
            // A second click.
            $row = $this->payments->findByToken($token);
            $orderId = $row === null ? 0 : $row->orderId;
        }
        try {
            $row = $this->paying->start($orderId);
        } catch (\Exception $error) {
            $hint = method_exists($error, 'getHint') ? (string) $error->getHint() : '';
            $this->warn("order $orderId gets no payment: {$error->getMessage()} $hint");
            return Answer::json(200, ['error' => $texts->get('claim_no_answer')]);
        }
        $visitor->takeAlong($row);
        return Answer::json(200, ['redirect' => $row->paymentUrl]);
    }

    /** @param array<string, mixed> $headers */
    public function webhook(string $body, array $headers): Answer
    {
        return (new Webhooks($this))->receive($body, $headers);
    }

    /** @param array<string, mixed> $query */
    public function back(array $query, Visitor $visitor, Texts $texts): Answer
    {
        $page = new ReturnPage($this);
        $token = self::text($query, 'token');
        if (isset($query['poll'])) {
            return $page->poll($token);
        }
        return isset($query['here']) ? $page->show($token, $visitor, $texts, isset($query['goes_on'])) : $page->land($token);
    }

    /** @param array<string, mixed> $query */
    public function again(array $query, Visitor $visitor, Texts $texts): Answer
    {
        return (new ReturnPage($this))->again(self::text($query, 'token'), $visitor, $texts);
    }

    /**
     * The regular check, by its address.
     *
     * @param array<string, mixed> $query
     */
    public function cron(array $query): Answer
    {
        if (!hash_equals($this->settings->cronKey(), self::text($query, 'key'))) {
            return Answer::text(403, 'another key');
        }
        $this->reconciliation->run();
        return Answer::text(200, 'done');
    }

    /**
     * The check of one payment, for the administration.
     *
     * @param array<string, mixed> $query
     * @param array<string, mixed> $post
     */
    public function check(array $query, array $post): Answer
    {
        $row = $this->payments->find(self::text($post, 'reference'));
        if ($row === null || !hash_equals($this->settings->cronKey(), self::text($query, 'key'))) {
            return Answer::json(403, ['lines' => [], 'isDone' => true]);
        }
        try {
            $this->reconciliation->check($row);
        } catch (\Exception $error) {
            return Answer::json(200, ['lines' => [[false, $error->getMessage()]], 'isDone' => false]);
        }
        return Answer::json(200, ['lines' => [], 'isDone' => true]);
    }

    public function warn(string $message): void
    {
        $this->platform->log("USDT Checkout: $message");
    }

    public function info(string $message): void
    {
        if ($this->settings->text('debug') === '1') {
            $this->warn($message);
        }
    }

    /** @param array<string, mixed> $values */
    private static function text(array $values, string $name): string
    {
        return is_string($values[$name] ?? null) ? $values[$name] : '';
    }
}
