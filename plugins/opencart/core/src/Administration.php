<?php

declare(strict_types=1);

namespace UsdtCheckout\OpenCart;

use UsdtCheckout\OpenCart\UsdtClient\Decimal;

/** What the plugin shows and does in the administration, in the markup that both of OpenCart's versions know. */
final class Administration
{
    private const ASSETS = __DIR__ . '/../assets';
    private const MOST_NOTICES = 20;
    private const CHOICES = ['late_policy' => ['complete', 'hold'], 'status' => ['0', '1'], 'debug' => ['0', '1']];
    private const STATES = ['pending_status_id', 'paid_status_id', 'expired_status_id', 'held_status_id'];

    /** @var Plugin */
    private $plugin;
    /** @var callable(string): string The administration's texts by name. */
    private $say;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
        $_ = [];
        require __DIR__ . '/../language.php';
        $this->say = static function (string $name) use ($_): string {
            return $_[$name] ?? '';
        };
    }

    /** @return array<string, string> The texts of a template. */
    public function texts(): array
    {
        return [
            'heading_title' => ($this->say)('heading_title'),
            'text_edit' => ($this->say)('text_edit'),
            'text_extension' => ($this->say)('text_extension'),
        ];
    }

    public function saved(): string
    {
        return ($this->say)('text_success');
    }

    public function refusal(): string
    {
        return ($this->say)('error_permission');
    }

    /**
     * The fields of the settings, for the templates.
     *
     * @param array<int, array<string, mixed>> $statuses OpenCart's states of orders.
     * @param array<int, array<string, mixed>> $zones OpenCart's geo zones.
     * @return array<int, array<string, mixed>>
     */
    public function fields(array $statuses, array $zones): array
    {
        $states = array_column($statuses, 'name', 'order_status_id');
        $paid = array_intersect_key($states, array_flip($this->paidStates()));
        $waiting = array_diff_key($states, array_flip($this->plugin->platform->completeStates()));
        $options = [
            'status' => ['0' => ($this->say)('text_off'), '1' => ($this->say)('text_on')],
            'pending_status_id' => $waiting,
            'paid_status_id' => $paid,
            'expired_status_id' => $waiting,
            'held_status_id' => $waiting,
            'late_policy' => ['complete' => ($this->say)('text_late_complete'), 'hold' => ($this->say)('text_late_hold')],
            'geo_zone_id' => ['0' => ($this->say)('text_all_zones')] + array_column($zones, 'name', 'geo_zone_id'),
            'debug' => ['0' => ($this->say)('text_off'), '1' => ($this->say)('text_on')],
        ];
        $fields = [];
        foreach ($this->plugin->settings->values() as $name => $value) {
            $fields[] = [
                'name' => Settings::CODE . "_$name",
                'label' => ($this->say)("entry_$name"),
                'help' => ($this->say)("help_$name"),
                'value' => $name === 'api_secret' ? '' : self::escape($value),
                'type' => isset($options[$name]) ? 'select' : ($name === 'api_secret' ? 'password' : 'text'),
                'placeholder' => $name === 'api_secret' && $value !== '' ? '••••••••••••' : '',
                'options' => $options[$name] ?? [],
            ];
        }
        return $fields;
    }

    /**
     * Takes the form. OpenCart has made HTML of what was posted.
     *
     * @param array<string, mixed> $post
     * @return string[] What is wrong; where nothing is, it is saved.
     */
    public function save(array $post): array
    {
        $given = [];
        foreach (array_keys($this->plugin->settings->values()) as $name) {
            $value = $post[Settings::CODE . "_$name"] ?? null;
            if (is_string($value)) {
                $given[$name] = trim(html_entity_decode($value, ENT_QUOTES, 'UTF-8'));
            }
        }
        if (($given['api_secret'] ?? '') === '') {
            unset($given['api_secret']);
        }
        $given += $this->plugin->settings->values();
        $given['gateway_url'] = rtrim($given['gateway_url'], '/');
        $given['tolerance'] = $given['tolerance'] === '' ? '0' : strtr($given['tolerance'], ',', '.');
        $errors = $this->errors($given);
        if ($errors === []) {
            $this->plugin->settings->save($given);
        }
        return $errors;
    }

    /**
     * @param array<string, string> $values
     * @return string[]
     */
    private function errors(array $values): array
    {
        $errors = [];
        if ($values['gateway_url'] !== '' && !preg_match('~^https?://[^/\s]+$~D', $values['gateway_url'])) {
            $errors[] = ($this->say)('error_gateway_url');
        }
        if (!Decimal::isDecimal($values['tolerance'])) {
            $errors[] = ($this->say)('error_tolerance');
        }
        foreach (self::CHOICES as $name => $choices) {
            if (!in_array($values[$name], $choices, true)) {
                $errors[] = ($this->say)("entry_$name");
            }
        }
        $paid = (int) $values['paid_status_id'];
        $others = array_map('intval', array_intersect_key($values, array_flip(array_diff(self::STATES, ['paid_status_id']))));
        if (!in_array($paid, $this->paidStates(), true) || in_array($paid, $others, true)) {
            $errors[] = ($this->say)('error_paid_status');
        }
        if (array_intersect($others, $this->plugin->platform->completeStates()) !== [] || $others['pending_status_id'] === $others['expired_status_id']) {
            $errors[] = ($this->say)('error_waiting_status');
        }
        return $errors;
    }

    /** What stands above the settings: what needs the owner, and the buttons that try them out. */
    public function head(string $actionUrl): string
    {
        $html = '';
        if ($this->plugin->shop->isMoved()) {
            $html .= $this->notice(
                sprintf(($this->say)('text_moved'), $this->plugin->shop->storedHome(), $this->plugin->shop->home()),
                [$this->button($actionUrl, 'copy', 'button_copy'), $this->button($actionUrl, 'moved', 'button_moved')]
            );
        }
        foreach ($this->plugin->payments->needingAttention(self::MOST_NOTICES) as $row) {
            $order = $row->orderId > 0 ? "#$row->orderId" : '–';
            $text = sprintf(($this->say)('text_attention'), (string) $row->paymentId, $order, (string) $row->reason);
            $html .= $this->notice($text, [$this->button($actionUrl, 'settle', 'button_settle', $row)]);
        }
        $run = $this->plugin->reconciliation->lastRun();
        $facts = [
            'text_webhook_url' => $this->plugin->platform->link('webhook'),
            'text_cron_url' => $this->plugin->platform->link('cron', ['key' => $this->plugin->settings->cronKey()]),
            'text_last_run' => $run === 0 ? ($this->say)('text_never') : gmdate('Y-m-d H:i:s', $run) . ' UTC',
        ];
        $html .= '<p>' . $this->button($actionUrl, 'connection', 'button_connection') . ' '
            . $this->button($actionUrl, 'webhook', 'button_webhook') . '</p>' . $this->result();
        foreach ($facts as $label => $value) {
            $html .= '<p>' . self::escape(($this->say)($label)) . ' <code>' . self::escape($value) . '</code></p>';
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
                $html .= '<dt>' . self::escape(($this->say)($label)) . '</dt><dd>' . self::escape($value) . '</dd>';
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
        return $html . $this->result() . '<p>' . self::escape(($this->say)('text_refund')) . '</p>' . $this->script();
    }

    /** What a button of the administration does. */
    public function act(string $name, string $reference): Answer
    {
        $test = new ConnectionTest($this->plugin, $this->say);
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
        return Answer::json(403, ['lines' => [[false, $this->refusal()]], 'isDone' => false]);
    }

    /** @return int[] The states that an order may get when it is paid: OpenCart takes the goods in these. */
    private function paidStates(): array
    {
        return array_values(array_unique([...$this->plugin->platform->takingStates(), ...$this->plugin->platform->completeStates()]));
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
            self::escape(($this->say)($label))
        );
    }

    private function result(): string
    {
        return '<div id="usdt-checkout-result" role="status" aria-live="polite" data-failed="'
            . self::escape(($this->say)('error_no_answer')) . '"></div>';
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
