<?php

declare(strict_types=1);

namespace UsdtShop;

/** The parts of the plugin, and what the platform's requests ask of them. */
class Plugin
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

    public function __construct(Platform $platform, Database $database, State $state, Settings $settings, Orders $orders)
    {
        $this->platform = $platform;
        $this->database = $database;
        $this->state = $state;
        $this->settings = $settings;
        $this->orders = $orders;
        $this->payments = new Payments($database);
        $this->shop = new Shop($state, $this->payments, $platform->home());
        $this->currencies = new Currencies($settings);
        $this->paying = new Paying($this);
        $this->booking = new Booking($this);
        $this->reconciliation = new Reconciliation($this);
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
