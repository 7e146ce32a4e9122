<?php

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

use UsdtCheckout\WooCommerce\UsdtClient\NotFoundError;
use UsdtCheckout\WooCommerce\UsdtClient\Payment;
use UsdtCheckout\WooCommerce\UsdtClient\UsdtError;

/** Asks the gateway for each payment that is open, since a webhook can fail to come, and none tells of an end. */
final class Reconciliation
{
    public const HOOK = 'usdt_checkout_reconcile';

    private const GROUP = 'usdt-checkout';
    private const PERIOD = 5 * MINUTE_IN_SECONDS;
    /** Of one run. */
    private const MOST_PAYMENTS = 200;
    private const MOST_SECONDS = 20;
    /** Seconds after a payment's end by which the gateway knows of it. */
    private const MARGIN = 2 * MINUTE_IN_SECONDS;

    public static function register(): void
    {
        add_action(self::HOOK, [self::class, 'run']);
        add_action('admin_init', [self::class, 'ensure']);
    }

    /** Where Action Scheduler has lost the job, or never had it, it gets it. */
    public static function ensure(): void
    {
        if (!function_exists('as_has_scheduled_action') || !did_action('action_scheduler_init')) {
            return;
        }
        if (Settings::isComplete() && !as_has_scheduled_action(self::HOOK, null, self::GROUP)) {
            as_schedule_recurring_action(time() + self::PERIOD, self::PERIOD, self::HOOK, [], self::GROUP, true);
        }
    }

    public static function stop(): void
    {
        if (function_exists('as_unschedule_all_actions')) {
            as_unschedule_all_actions(self::HOOK);
        }
    }

    public static function run(): void
    {
        if (!Settings::isComplete() || Shop::isMoved()) {
            return;
        }
        $end = time() + self::MOST_SECONDS;
        foreach (Payments::due(time(), self::MOST_PAYMENTS) as $row) {
            if (time() >= $end) {
                return;
            }
            try {
                self::check($row);
            } catch (Busy $busy) {
                continue;
            } catch (UsdtError $error) {
                Log::warning("payment of attempt $row->reference: {$error->getMessage()}");
                if (!$error instanceof NotFoundError) {
                    // The gateway does not answer, or not us, or wants to be left alone: the next run goes on.
                    return;
                }
            } catch (\Throwable $error) {
                Log::warning("payment of attempt $row->reference: {$error->getMessage()}");
                Payments::change($row, ['check_at' => time() + self::PERIOD]);
            }
        }
    }

    /**
     * Asks how one payment stands, and does what that means for its order.
     *
     * @throws UsdtError|Busy
     */
    public static function check(PaymentRow $row, float $timeout = 15.0): void
    {
        if (!$row->isOpen()) {
            return;
        }
        if ($row->paymentId === null && !Paying::recover($row)) {
            // The gateway never heard of it. An hour later nobody repeats it.
            $isOver = $row->createdAt + HOUR_IN_SECONDS < time();
            Payments::change($row, $isOver ? ['state' => Payments::CLOSED] : ['check_at' => time() + self::PERIOD]);
            return;
        }
        $row = Payments::find($row->id);
        if ($row === null || $row->paymentId === null) {
            return;
        }
        try {
            $payment = Settings::client($timeout)->getPayment($row->paymentId);
        } catch (NotFoundError $gone) {
            // Another project, or another gateway: what was created there is not seen from here.
            Payments::change($row, ['check_at' => time() + HOUR_IN_SECONDS]);
            self::closeWhenOver($row);
            throw $gone;
        }
        if ($payment->isPaid()) {
            Booking::paid($row, $payment);
            return;
        }
        if ($payment->status === 'expired' || $payment->status === 'failed') {
            Booking::ended($row, $payment->status);
        }
        Payments::change($row, ['check_at' => self::next($row, $payment)]);
        self::closeWhenOver($row);
    }

    private static function next(PaymentRow $row, Payment $payment): int
    {
        $now = time();
        if ($payment->status === 'pending') {
            // While a transfer is on its way, or the gateway is late, its end is not the window's.
            return max($now + self::PERIOD, min((int) $row->expiresAt + self::MARGIN, $now + HOUR_IN_SECONDS));
        }
        return $now + HOUR_IN_SECONDS;
    }

    private static function closeWhenOver(PaymentRow $row): void
    {
        $row = Payments::find($row->id);
        $end = $row === null ? 0 : ($row->expiresAt ?? $row->createdAt) + Settings::quarantine() + 2 * HOUR_IN_SECONDS;
        if ($row !== null && $row->state === Payments::EXPIRED && $end < time()) {
            Payments::change($row, ['state' => Payments::CLOSED]);
        }
    }
}
