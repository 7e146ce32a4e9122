<?php

declare(strict_types=1);

namespace UsdtShop;

/**
 * Where payers come back to.
 *
 * Everybody can know its address, since the gateway shows it to everybody. It tells nothing but how the payment
 * stands. Only the payer's own session leads on.
 */
final class ReturnPage
{
    /** Seconds: the payer waits for this page. */
    private const TIMEOUT = 3.0;
    /** Seconds between two questions to the gateway for one payment. */
    private const PAUSE = 5;
    private const ASSETS = __DIR__ . '/../assets';

    /** @var Plugin */
    private $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    /**
     * A browser sends no cookie of the kind `SameSite=Strict` along when it comes from the gateway. So this step only
     * leads on, from the shop's own site. It sets none either: the shop would begin a new session over the payer's.
     */
    public function land(string $token): Answer
    {
        $next = $this->plugin->platform->link('back', ['token' => $token, 'here' => '1']);
        $url = self::escape($next);
        $html = "<!doctype html>\n<html><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0;url=$url\">"
            . '<meta name="robots" content="noindex"><title>' . self::escape($this->plugin->shop->home()) . '</title></head>'
            . "<body><a href=\"$url\">" . self::escape($this->plugin->shop->home()) . "</a></body></html>\n";
        return Answer::html(200, $html)->withoutCookies();
    }

    /** @param bool $goesOn Whether the payer has seen that the payment is under review, and goes on. */
    public function show(string $token, Visitor $visitor, Texts $texts, bool $goesOn): Answer
    {
        $row = $this->find($token);
        if ($row === null) {
            return Answer::html(404, $this->page('unknown', null, null, $texts));
        }
        $order = $this->plugin->orders->find($row->orderId);
        $state = $this->state($row, $order);
        if ($order === null || !$visitor->owns($row, $order)) {
            return Answer::html(200, $this->page($state, null, $row, $texts));
        }
        if ($state === 'paid' || ($state === 'attention' && $goesOn)) {
            $visitor->finish($row);
            return Answer::redirect($this->plugin->platform->successUrl($order));
        }
        return Answer::html(200, $this->page($state, $this->next($state, $row, $order), $row, $texts));
    }

    /** The state alone, for the page that asks again. */
    public function poll(string $token): Answer
    {
        $row = $this->find($token);
        return $row === null
            ? Answer::json(404, ['state' => 'unknown'])
            : Answer::json(200, ['state' => $this->state($row, $this->plugin->orders->find($row->orderId))]);
    }

    /** The payer wants to pay an order whose time was over, or whose total has changed. */
    public function again(string $token, Visitor $visitor, Texts $texts): Answer
    {
        $row = $this->find($token);
        $order = $row === null ? null : $this->plugin->orders->find($row->orderId);
        if ($row === null || $order === null || !$visitor->owns($row, $order)) {
            return Answer::html(404, $this->page('unknown', null, null, $texts));
        }
        try {
            $new = $this->plugin->paying->start($row->orderId);
        } catch (\Exception $error) {
            $this->plugin->warn("order $row->orderId gets no payment: {$error->getMessage()}");
            return Answer::html(503, $this->page('refused', null, $row, $texts));
        }
        $visitor->takeAlong($new);
        return Answer::redirect((string) $new->paymentUrl);
    }

    /** The attempt, after the gateway was asked how it stands. */
    private function find(string $token): ?PaymentRow
    {
        $row = preg_match('/^[0-9a-f]{32}$/D', $token) ? $this->plugin->payments->findByToken($token) : null;
        return $row === null || $row->orderId === 0 ? null : $this->refresh($row);
    }

    private function refresh(PaymentRow $row): PaymentRow
    {
        $mayAsk = $row->isOpen() && !$this->plugin->shop->isMoved() && $this->plugin->settings->isComplete();
        if (!$mayAsk || !$this->plugin->payments->mayAsk($row, self::PAUSE)) {
            return $row;
        }
        try {
            $this->plugin->reconciliation->check($row, self::TIMEOUT);
        } catch (Busy $busy) {
            // The page asks again.
        } catch (\Exception $error) {
            $this->plugin->warn("payment $row->paymentId at the payer's return: {$error->getMessage()}");
        }
        return $this->plugin->payments->find($row->reference) ?? $row;
    }

    private function state(PaymentRow $row, ?Order $order): string
    {
        switch ($row->state) {
            case Payments::BOOKED:
                return 'paid';
            case Payments::WAITING:
                return 'waiting';
            case Payments::ATTENTION:
            case Payments::SETTLED:
                return $order !== null && $this->plugin->orders->wasPaid($order) ? 'paid' : 'attention';
            default:
                return 'expired';
        }
    }

    private function next(string $state, PaymentRow $row, Order $order): ?string
    {
        if ($state === 'attention') {
            return $this->plugin->platform->link('back', ['token' => $row->token, 'here' => '1', 'goes_on' => '1']);
        }
        $mayTryAgain = $state === 'expired' && $order->isOurs && $this->plugin->orders->isWaiting($order);
        return $mayTryAgain ? $this->plugin->platform->link('again', ['token' => $row->token]) : null;
    }

    private function page(string $state, ?string $next, ?PaymentRow $row, Texts $texts): string
    {
        [$title, $text] = $this->words($state, $texts);
        $isWaiting = $state === 'waiting' && $row !== null;
        $parts = [];
        if ($row !== null && $row->paymentId !== null) {
            $parts[] = '<p>' . self::escape($row->paymentId) . '</p>';
        }
        if ($text !== '') {
            $parts[] = '<p>' . self::escape($text) . '</p>';
        }
        if ($isWaiting && $row->paymentUrl !== null) {
            $parts[] = self::button($row->paymentUrl, $texts->get('heading'));
        }
        if ($next !== null) {
            $host = explode('/', $this->plugin->shop->home())[0];
            $label = $state === 'expired' ? $texts->get('try_again') : strtr($texts->get('return_to'), ['{host}' => $host]);
            $parts[] = self::button($next, $label);
        }
        $poll = $isWaiting
            ? ' data-poll="' . self::escape($this->plugin->platform->link('back', ['token' => $row->token, 'poll' => '1'])) . '"'
            : '';
        $language = 'lang="' . $texts->language . '"' . ($texts->isRightToLeft() ? ' dir="rtl"' : '');
        return "<!doctype html>\n<html $language>\n<head>\n<meta charset=\"utf-8\">\n"
            . '<meta name="viewport" content="width=device-width, initial-scale=1">' . "\n"
            . '<title>' . self::escape($title) . "</title>\n"
            . '<style>' . file_get_contents(self::ASSETS . '/return.css') . "</style>\n</head>\n<body>\n"
            . "<main id=\"usdt-checkout\"$poll>\n<h1 role=\"status\">" . self::escape($title) . "</h1>\n"
            . implode("\n", $parts) . "\n</main>\n"
            . ($isWaiting ? '<script>' . file_get_contents(self::ASSETS . '/return.js') . "</script>\n" : '')
            . "</body>\n</html>\n";
    }

    /** @return array{string, string} */
    private function words(string $state, Texts $texts): array
    {
        switch ($state) {
            case 'paid':
                return [$texts->get('paid'), ''];
            case 'waiting':
                return [$texts->get('waiting'), ''];
            case 'expired':
                return [$texts->get('expired'), $texts->get('not_lost')];
            case 'attention':
                return [$texts->get('review'), $texts->get('review_why')];
            case 'refused':
                return [$texts->get('claim_no_answer'), ''];
            default:
                return [$texts->get('unknown'), ''];
        }
    }

    private static function button(string $url, string $label): string
    {
        return '<p><a class="button" href="' . self::escape($url) . '">' . self::escape($label) . '</a></p>';
    }

    private static function escape(string $text): string
    {
        return htmlspecialchars($text, ENT_QUOTES, 'UTF-8');
    }
}
