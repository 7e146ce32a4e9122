<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;


/**
 * Where payers come back to, and where they pay in a window.
 *
 * Everybody can know its address, since the gateway shows it to everybody. It has no order key, and tells nothing but
 * how the payment stands. Only the payer's own session leads on to the order.
 */
final class ReturnPage
{
    private const PARAMETER = 'usdt-checkout';
    private const SESSION = 'usdt_checkout_tokens';
    /** Seconds: the payer waits for this page. */
    private const TIMEOUT = 3.0;
    /** Seconds between two questions to the gateway for one payment. */
    private const PAUSE = 5;

    public static function register(): void
    {
        add_action('template_redirect', [self::class, 'show'], 0);
    }

    public static function url(string $token): string
    {
        return add_query_arg(self::PARAMETER, $token, home_url('/'));
    }

    /** The payer's session knows the attempt from now on. */
    public static function remember(PaymentRow $row): void
    {
        $session = WC()->session;
        if (!$session) {
            return;
        }
        if (method_exists($session, 'has_session') && !$session->has_session()) {
            // A guest who comes by the link of a mail has none yet.
            $session->set_customer_session_cookie(true);
        }
        $tokens = array_filter((array) $session->get(self::SESSION, []), 'is_string');
        $tokens = array_diff($tokens, [$row->token]);
        $session->set(self::SESSION, array_slice(array_merge($tokens, [$row->token]), -20));
    }

    public static function show(): void
    {
        // phpcs:ignore WordPress.Security.NonceVerification.Recommended
        $token = $_GET[self::PARAMETER] ?? null;
        if (!is_string($token)) {
            return;
        }
        if (!defined('DONOTCACHEPAGE')) {
            define('DONOTCACHEPAGE', true);
        }
        do_action('litespeed_control_set_nocache', 'the state of a payment');
        nocache_headers();
        header('Cache-Control: no-store, no-cache, must-revalidate, max-age=0');
        header('Referrer-Policy: same-origin');
        $row = preg_match('/^[0-9a-f]{32}$/D', $token) ? Payments::findByToken($token) : null;
        if ($row === null || $row->orderId === 0) {
            self::answer(404, 'unknown', null, null);
        }
        $row = self::refresh($row);
        $order = wc_get_order($row->orderId);
        $state = self::state($row, $order instanceof \WC_Order ? $order : null);
        $isOwner = $order instanceof \WC_Order && self::isOwner($row, $order);
        $next = $isOwner ? self::next($state, $order) : null;
        self::answer(200, $state, $next, $row);
    }

    private static function refresh(PaymentRow $row): PaymentRow
    {
        if (!$row->isOpen() || Shop::isMoved() || !Settings::isComplete() || !Payments::mayAsk($row, self::PAUSE)) {
            return $row;
        }
        try {
            Reconciliation::check($row, self::TIMEOUT);
        } catch (Busy $busy) {
            // The page asks again.
        } catch (\Exception $error) {
            Log::warning("payment $row->paymentId at the payer's return: {$error->getMessage()}");
        }
        return Payments::find($row->id) ?? $row;
    }

    private static function state(PaymentRow $row, ?\WC_Order $order): string
    {
        switch ($row->state) {
            case Payments::BOOKED:
                return 'paid';
            case Payments::WAITING:
                return 'waiting';
            case Payments::ATTENTION:
            case Payments::SETTLED:
                return $order !== null && Orders::isPaid($order) ? 'paid' : 'attention';
            default:
                return 'expired';
        }
    }

    private static function isOwner(PaymentRow $row, \WC_Order $order): bool
    {
        $user = get_current_user_id();
        if ($user > 0 && $order->get_customer_id() === $user) {
            return true;
        }
        $session = WC()->session;
        return $session && in_array($row->token, (array) $session->get(self::SESSION, []), true);
    }

    private static function next(string $state, \WC_Order $order): ?string
    {
        if ($state === 'paid' || $state === 'attention') {
            return $order->get_checkout_order_received_url();
        }
        return $state === 'expired' && $order->needs_payment() ? $order->get_checkout_payment_url() : null;
    }

    /** @return never */
    private static function answer(int $status, string $state, ?string $next, ?PaymentRow $row): void
    {
        status_header($status);
        // phpcs:ignore WordPress.Security.NonceVerification.Recommended
        if (isset($_GET['poll'])) {
            header('Content-Type: application/json; charset=utf-8');
            echo wp_json_encode(['state' => $state, 'next' => $next]);
            exit;
        }
        if ($state === 'paid' && $next !== null) {
            wp_safe_redirect($next, 303);
            exit;
        }
        header('Content-Type: text/html; charset=utf-8');
        self::page($state, $next, $row);
        exit;
    }

    private static function page(string $state, ?string $next, ?PaymentRow $row): void
    {
        $texts = self::texts();
        [$title, $text] = $texts[$state];
        $isWaiting = $state === 'waiting' && $row !== null;
        $url = $isWaiting ? $row->paymentUrl : null;
        $hasWindow = $url !== null && Settings::choice('display') === 'window';
        ?>
<!doctype html>
<html <?php language_attributes(); ?>>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title><?php echo esc_html($title . ' – ' . get_bloginfo('name')); ?></title>
<?php // phpcs:disable WordPress.WP.EnqueuedResources ?>
<link rel="stylesheet" href="<?php echo esc_url(self::asset('return.css')); ?>">
        <?php if ($hasWindow) : ?>
<script async src="<?php echo esc_url(Settings::text('gateway_url') . '/v1/widget.js'); ?>"></script>
        <?php endif; ?>
        <?php if ($isWaiting) : ?>
<script defer src="<?php echo esc_url(self::asset('return.js')); ?>"></script>
        <?php endif; ?>
<?php // phpcs:enable ?>
</head>
<body>
<main id="usdt-checkout"<?php
if ($isWaiting) {
    printf(' data-poll="%s"', esc_url(add_query_arg('poll', '1', self::url($row->token))));
}
if ($hasWindow) {
    printf(' data-payment="%s"', esc_attr((string) $row->paymentId));
}
?>>
<p><a href="<?php echo esc_url(home_url('/')); ?>"><?php echo esc_html(get_bloginfo('name')); ?></a></p>
<div role="status"><h1><?php echo esc_html($title); ?></h1></div>
        <?php if ($row !== null && $row->paymentId !== null) : ?>
<p><?php
            /* translators: {id} stays: the number of a payment comes in its place. */
            $number = __('Payment {id}', 'usdt-checkout-for-woocommerce');
            echo esc_html(str_replace('{id}', $row->paymentId, $number));
?></p>
        <?php endif; ?>
        <?php if ($text !== '') : ?>
<p><?php echo esc_html($text); ?></p>
        <?php endif; ?>
        <?php if ($url !== null) : ?>
<p><a class="button" <?php echo $hasWindow ? 'data-usdt-checkout' : ''; ?> href="<?php echo esc_url($url); ?>"><?php
            esc_html_e('Pay with USDT', 'usdt-checkout-for-woocommerce');
        ?></a></p>
        <?php endif; ?>
        <?php if ($next !== null) : ?>
<p><a class="button" href="<?php echo esc_url($next); ?>"><?php
            echo esc_html($state === 'expired'
                ? __('Try again', 'usdt-checkout-for-woocommerce')
                // phpcs:ignore WordPress.WP.I18n.TextDomainMismatch -- WooCommerce has these words in every language.
                : __('View order', 'woocommerce'));
        ?></a></p>
        <?php endif; ?>
</main>
</body>
</html>
        <?php
    }

    /**
     * In the words of the payment's page, whose translations come with the plugin.
     *
     * @return array<string, array{string, string}>
     */
    private static function texts(): array
    {
        return [
            'paid' => [__('Payment received', 'usdt-checkout-for-woocommerce'), ''],
            'waiting' => [__('Waiting for your payment', 'usdt-checkout-for-woocommerce'), ''],
            'expired' => [
                __('The time to pay has ended', 'usdt-checkout-for-woocommerce'),
                __('If you have already paid, your money is not lost: the shop can find it by the payment number and your transaction ID.', 'usdt-checkout-for-woocommerce'),
            ],
            'attention' => [
                __('Payment received, under review', 'usdt-checkout-for-woocommerce'),
                __('Nothing is lost. The shop has to confirm this payment by hand. Please don’t pay again.', 'usdt-checkout-for-woocommerce'),
            ],
            'unknown' => [__('Payment not found', 'usdt-checkout-for-woocommerce'), ''],
        ];
    }

    private static function asset(string $name): string
    {
        return add_query_arg('ver', VERSION, plugins_url("assets/$name", FILE));
    }
}
