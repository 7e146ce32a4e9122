<?php

declare(strict_types=1);

namespace UsdtCheckout\Whmcs;

use UsdtCheckout\Whmcs\UsdtShop\AdminPanel;
use UsdtCheckout\Whmcs\UsdtShop\Answer;
use UsdtCheckout\Whmcs\UsdtShop\Plugin;
use UsdtCheckout\Whmcs\UsdtShop\Schema;
use UsdtCheckout\Whmcs\UsdtShop\State;
use UsdtCheckout\Whmcs\UsdtShop\Texts;
use WHMCS\Authentication\CurrentUser;
use WHMCS\Database\Capsule;

/** The parts of the plugin in WHMCS, and what its one address answers. */
final class WhmcsPlugin extends Plugin
{
    private const MOST_BYTES = 65536;

    /** @var Whmcs */
    private $whmcs;

    public static function create(): self
    {
        $database = new WhmcsDatabase();
        if (!Capsule::schema()->hasTable('mod_usdt_checkout_state')) {
            // WHMCS tells a gateway nothing of its activation.
            Schema::create($database);
        }
        $whmcs = new Whmcs();
        $state = new State($database);
        $plugin = new self($whmcs, $database, $state, new WhmcsSettings($state, 'whmcs'), new Invoices());
        $plugin->whmcs = $whmcs;
        return $plugin;
    }

    /** The button on an invoice, which only its client and the administration see. */
    public function button(int $invoiceId, string $label): string
    {
        $invoice = $this->orders->find($invoiceId);
        if ($invoice === null || !$this->paying->isPossible($invoice->currency)) {
            return self::escape($this->words()->get('claim_no_answer'));
        }
        return '<form method="post" action="' . self::escape($this->whmcs->link('confirm')) . '">'
            . "<input type=\"hidden\" name=\"invoice\" value=\"$invoiceId\">"
            . '<input type="hidden" name="proof" value="' . $this->proof("invoice $invoiceId") . '">'
            . '<button type="submit" class="btn btn-success">' . self::escape($label) . '</button></form>';
    }

    /** The payments beside an invoice, for the administration. */
    public function invoice(int $invoiceId): string
    {
        $html = (new AdminPanel($this))->order($invoiceId, $this->actUrl(), true);
        return $html === '' ? '' : "<h4>USDT (TRC20), preview</h4>$html";
    }

    /**
     * @param array<string, mixed> $query
     * @param array<string, mixed> $post
     * @param array<string, mixed> $server
     */
    public function answer(array $query, array $post, array $server): Answer
    {
        switch ($query['action'] ?? 'webhook') {
            case 'webhook':
                return $this->webhook((string) file_get_contents('php://input', false, null, 0, self::MOST_BYTES), $server);
            case 'confirm':
                return $this->confirm($post);
            case 'back':
                return $this->back($query, new Client(), $this->words());
            case 'again':
                return $this->again($query, new Client(), $this->words());
            case 'cron':
                return $this->cron($query);
            case 'check':
                return $this->check($query, $post);
            case 'status':
                return $this->status();
            case 'act':
                return $this->act($query, $post);
            default:
                return Answer::text(404, 'no such action');
        }
    }

    /**
     * The client has pressed the button.
     *
     * @param array<string, mixed> $post
     */
    private function confirm(array $post): Answer
    {
        $invoiceId = (int) ($post['invoice'] ?? 0);
        $proof = is_string($post['proof'] ?? null) ? $post['proof'] : '';
        if (!hash_equals($this->proof("invoice $invoiceId"), $proof)) {
            return Answer::text(403, 'open the invoice again');
        }
        try {
            return Answer::redirect((string) $this->paying->start($invoiceId)->paymentUrl);
        } catch (\Exception $error) {
            $hint = method_exists($error, 'getHint') ? (string) $error->getHint() : '';
            $this->warn("invoice $invoiceId gets no payment: {$error->getMessage()} $hint");
            return Answer::text(503, $this->words()->get('claim_no_answer'));
        }
    }

    /** The tests of the settings, and what needs the owner. */
    private function status(): Answer
    {
        if (!(new CurrentUser())->isAuthenticatedAdmin()) {
            return Answer::text(403, 'log in to the administration first');
        }
        $panel = new AdminPanel($this);
        return Answer::html(200, '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>USDT (TRC20), preview</title></head>'
            . '<body><h1>USDT (TRC20), preview</h1><p>This gateway is a preview. Its tests have not run in WHMCS itself yet.</p>'
            . $panel->head($this->actUrl()) . '</body></html>');
    }

    /**
     * @param array<string, mixed> $query
     * @param array<string, mixed> $post
     */
    private function act(array $query, array $post): Answer
    {
        $panel = new AdminPanel($this);
        $proof = is_string($query['proof'] ?? null) ? $query['proof'] : '';
        if (!(new CurrentUser())->isAuthenticatedAdmin() || !hash_equals($this->proof('act'), $proof)) {
            return $panel->refuse();
        }
        return $panel->act((string) ($post['do'] ?? ''), (string) ($post['reference'] ?? ''));
    }

    private function actUrl(): string
    {
        return $this->whmcs->link('act', ['proof' => $this->proof('act')]);
    }

    /** Who has it was shown the page that asks for it. */
    private function proof(string $of): string
    {
        return hash_hmac('sha256', $of, $this->settings->cronKey());
    }

    private function words(): Texts
    {
        return new Texts($this->whmcs->language());
    }

    private static function escape(string $text): string
    {
        return htmlspecialchars($text, ENT_QUOTES, 'UTF-8');
    }
}
