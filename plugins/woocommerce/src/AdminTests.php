<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

use UsdtCheckout\WooCommerce\UsdtClient\ApiError;
use UsdtCheckout\WooCommerce\UsdtClient\Project;
use UsdtCheckout\WooCommerce\UsdtClient\UsdtError;

/** The buttons of the settings that try out the saved settings. */
final class AdminTests
{
    private const ACTION = 'usdt_checkout_test';
    /** Seconds by which clocks may differ: a webhook's time is believed within five minutes. */
    private const MOST_CLOCK_DIFFERENCE = 240;

    public static function register(): void
    {
        add_action('wp_ajax_' . self::ACTION, [self::class, 'run']);
    }

    /** @return array<string, string> */
    public static function names(): array
    {
        return [
            'connection' => __('Test the connection', 'usdt-checkout-for-woocommerce'),
            'webhook' => __('Set and test the webhook', 'usdt-checkout-for-woocommerce'),
        ];
    }

    public static function script(): void
    {
        wp_enqueue_script('usdt-checkout-admin', plugins_url('assets/admin.js', FILE), [], VERSION, true);
        wp_localize_script('usdt-checkout-admin', 'usdtCheckoutAdmin', [
            'url' => admin_url('admin-ajax.php'),
            'action' => self::ACTION,
            'nonce' => wp_create_nonce(self::ACTION),
            'busy' => __('One moment…', 'usdt-checkout-for-woocommerce'),
            'failed' => __('The shop did not answer.', 'usdt-checkout-for-woocommerce'),
        ]);
    }

    public static function run(): void
    {
        check_ajax_referer(self::ACTION, 'nonce');
        if (!current_user_can('manage_woocommerce')) {
            wp_send_json(['lines' => [[false, __('You may not do this.', 'usdt-checkout-for-woocommerce')]]], 403);
        }
        $name = isset($_POST['test']) ? sanitize_key(wp_unslash($_POST['test'])) : '';
        wp_send_json(['lines' => self::lines($name)]);
    }

    /** @return array<int, array{bool, string}> Whether it is good, and what to say. */
    public static function lines(string $name): array
    {
        if (!Settings::isComplete()) {
            return [[false, __('Enter gateway, key and secret, and save them first.', 'usdt-checkout-for-woocommerce')]];
        }
        try {
            return $name === 'webhook' ? self::webhook() : self::connection();
        } catch (UsdtError $error) {
            return [[false, self::explain($error)]];
        }
    }

    /** @return array<int, array{bool, string}> */
    private static function connection(): array
    {
        $client = Settings::client();
        $ping = $client->ping();
        if (!$ping->ok) {
            throw $ping->error;
        }
        self::keep($ping->project);
        $lines = [[true, sprintf(
            /* translators: 1: name of a project, 2: "test" or "live". */
            __('The gateway knows your shop as "%1$s" (%2$s).', 'usdt-checkout-for-woocommerce'),
            $ping->project->name,
            $ping->mode
        )]];
        if (abs($ping->clockDifference) > self::MOST_CLOCK_DIFFERENCE) {
            $lines[] = [false, sprintf(
                /* translators: %d: seconds. */
                __('The clocks of shop and gateway differ by %d seconds: webhooks will be refused.', 'usdt-checkout-for-woocommerce'),
                (int) $ping->clockDifference
            )];
        }
        $currency = get_woocommerce_currency();
        $isTaken = Currencies::isTaken($currency);
        $lines[] = [$isTaken, $isTaken
            /* translators: %s: a currency. */
            ? sprintf(__('Orders in %s can be paid.', 'usdt-checkout-for-woocommerce'), $currency)
            /* translators: %s: a currency. */
            : sprintf(__('Orders in %s cannot be paid, so payers do not see this method: ask the gateway\'s operator to allow the currency.', 'usdt-checkout-for-woocommerce'), $currency)];
        if (Settings::isTest()) {
            $lines[] = [false, __('It is a test key: no real money comes in.', 'usdt-checkout-for-woocommerce')];
        } elseif (strncmp(home_url(), 'https:', 6) !== 0) {
            $lines[] = [false, __('The shop has no HTTPS: the gateway takes no real payments for it.', 'usdt-checkout-for-woocommerce')];
        }
        foreach ($ping->missing as $missing) {
            $lines[] = [false, $missing->message];
        }
        return $lines;
    }

    /** @return array<int, array{bool, string}> */
    private static function webhook(): array
    {
        $client = Settings::client();
        $lines = [];
        $events = array_values(array_unique(array_merge($client->project()->events, ['payment.expired'])));
        // The first that lets the gateway's request through.
        foreach ([WebhookEndpoint::url(), WebhookEndpoint::restUrl()] as $url) {
            $project = $client->updateProject([
                'webhook_url' => $url,
                'events' => $events,
                'further_retries' => true,
                'by' => 'woocommerce',
                'note' => 'set in the settings of the shop',
            ]);
            self::keep($project);
            $test = $client->sendTestWebhook();
            if ($test->delivered) {
                Settings::keepProject(['webhook_tested_at' => time()]);
                return [[true, sprintf(
                    /* translators: 1: an address, 2: milliseconds. */
                    __('Webhooks reach your shop at %1$s (%2$d ms).', 'usdt-checkout-for-woocommerce'),
                    $url,
                    $test->durationMs
                )]];
            }
            $lines[] = [false, sprintf(
                /* translators: 1: an address, 2: an error. */
                __('The gateway did not reach %1$s: %2$s', 'usdt-checkout-for-woocommerce'),
                $url,
                $test->error ?? (string) $test->httpStatus
            )];
            if ($test->excerpt !== null) {
                $lines[] = [false, $test->excerpt];
            }
        }
        return $lines;
    }

    private static function keep(Project $project): void
    {
        Settings::keepProject([
            'name' => $project->name,
            'mode' => $project->mode,
            'webhook_url' => $project->webhookUrl,
            'price_currencies' => $project->priceCurrencies,
            'quarantine_seconds' => $project->quarantineSeconds,
            'asked_at' => time(),
        ]);
    }

    private static function explain(UsdtError $error): string
    {
        $hint = $error instanceof ApiError && $error->getHint() !== null ? ' ' . $error->getHint() : '';
        return $error->getMessage() . $hint;
    }
}
