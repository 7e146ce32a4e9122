<?php

declare(strict_types=1);

namespace UsdtShop;

/** What the plugin shows and does in an administration, in the markup of Bootstrap that platforms know. */
final class AdminPanel
{
    private const ASSETS = __DIR__ . '/../assets';
    private const MOST_NOTICES = 20;

    /** @var Plugin */
    private $plugin;
    /** @var array<string, string> */
    private $texts;

    /** @param array<string, string> $texts Those of the platform, beside the common ones. */
    public function __construct(Plugin $plugin, array $texts = [])
    {
        $this->plugin = $plugin;
        $this->texts = $texts + require __DIR__ . '/../texts.php';
    }

    /** The administration's text of that name; empty where there is none. */
    public function say(string $name): string
    {
        return $this->texts[$name] ?? '';
    }

    /** What stands above the settings: what needs the owner, and the buttons that try them out. */
    public function head(string $actionUrl): string
    {
        $html = '';
        if ($this->plugin->shop->isMoved()) {
            $html .= $this->notice(
                sprintf($this->say('text_moved'), $this->plugin->shop->storedHome(), $this->plugin->shop->home()),
                [$this->button($actionUrl, 'copy', 'button_copy'), $this->button($actionUrl, 'moved', 'button_moved')]
            );
        }
        foreach ($this->plugin->payments->needingAttention(self::MOST_NOTICES) as $row) {
            $order = $row->orderId > 0 ? "#$row->orderId" : '–';
            $text = sprintf($this->say('text_attention'), (string) $row->paymentId, $order, (string) $row->reason);
            $html .= $this->notice($text, [$this->button($actionUrl, 'settle', 'button_settle', $row)]);
        }
        $run = $this->plugin->reconciliation->lastRun();
        $facts = [
            'text_webhook_url' => $this->plugin->platform->link('webhook'),
            'text_cron_url' => $this->plugin->platform->link('cron', ['key' => $this->plugin->settings->cronKey()]),
            'text_last_run' => $run === 0 ? $this->say('text_never') : gmdate('Y-m-d H:i:s', $run) . ' UTC',
        ];
        $html .= '<p>' . $this->button($actionUrl, 'connection', 'button_connection') . ' '
            . $this->button($actionUrl, 'webhook', 'button_webhook') . '</p>' . $this->result();
        foreach ($facts as $label => $value) {
            $html .= '<p>' . self::escape($this->say($label)) . ' <code>' . self::escape($value) . '</code></p>';
        }
        return $html . $this->script();
    }

    /** The payments of an order, beside it. */
    public function order(int $orderId, string $actionUrl, bool $mayChange): string
    {
        $html = '';
        foreach ($this->plugin->payments->ofOrder($orderId) as $row) {
            $facts = [
                'text_state' => $row->state,
                'text_payment' => $row->paymentId,
                'text_reference' => $row->reference,
                'text_amount' => $row->amount === null ? null : "$row->amount USDT",
                'text_received' => $row->receivedAmount,
                'text_transaction' => $row->txid,
                'text_why' => $row->reason,
            ];
            $html .= '<dl style="overflow-wrap:anywhere">';
            foreach (array_filter($facts, 'is_string') as $label => $value) {
                $html .= '<dt>' . self::escape($this->say($label)) . '</dt><dd>' . self::escape($value) . '</dd>';
            }
            $html .= '</dl>';
            if ($mayChange && $row->isOpen()) {
                // Only the shop's own side can change orders.
                $url = $this->plugin->platform->link('check', ['key' => $this->plugin->settings->cronKey()]);
                $html .= $this->button($url, 'check', 'button_check', $row);
            } elseif ($mayChange && $row->state === Payments::ATTENTION) {
                $html .= $this->button($actionUrl, 'settle', 'button_settle', $row);
            }
        }
        if ($html === '') {
            return '';
        }
        return $html . $this->result() . '<p>' . self::escape($this->say('text_refund')) . '</p>' . $this->script();
    }

    /** What a button of the administration does. */
    public function act(string $name, string $reference): Answer
    {
        $test = new ConnectionTest($this->plugin, $this->texts);
        switch ($name) {
            case 'connection':
                return Answer::json(200, ['lines' => $test->connection(), 'isDone' => false]);
            case 'webhook':
                return Answer::json(200, ['lines' => $test->webhook(), 'isDone' => false]);
            case 'copy':
                $this->plugin->shop->drawNew();
                break;
            case 'moved':
                $this->plugin->shop->keep();
                break;
            case 'settle':
                $row = $this->plugin->payments->find($reference);
                if ($row !== null) {
                    $this->plugin->booking->settle($row);
                }
        }
        return Answer::json(200, ['lines' => [], 'isDone' => true]);
    }

    public function refuse(): Answer
    {
        return Answer::json(403, ['lines' => [[false, $this->say('error_permission')]], 'isDone' => false]);
    }

    /** @param string[] $buttons */
    private function notice(string $text, array $buttons): string
    {
        return '<div class="alert alert-warning">' . self::escape($text) . ' ' . implode(' ', $buttons) . '</div>';
    }

    private function button(string $url, string $name, string $label, ?PaymentRow $row = null): string
    {
        return sprintf(
            '<button type="button" class="btn btn-primary btn-sm" data-usdt-checkout="%s" data-url="%s" data-reference="%s">%s</button>',
            $name,
            self::escape($url),
            self::escape($row === null ? '' : $row->reference),
            self::escape($this->say($label))
        );
    }

    private function result(): string
    {
        return '<div id="usdt-checkout-result" role="status" aria-live="polite" data-failed="'
            . self::escape($this->say('error_no_answer')) . '"></div>';
    }

    private function script(): string
    {
        return '<script>' . file_get_contents(self::ASSETS . '/admin.js') . '</script>';
    }

    private static function escape(string $text): string
    {
        return htmlspecialchars($text, ENT_QUOTES, 'UTF-8');
    }
}
