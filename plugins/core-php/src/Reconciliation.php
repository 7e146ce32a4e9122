<?php

declare(strict_types=1);

namespace UsdtShop;

use UsdtClient\NotFoundError;
use UsdtClient\Payment;
use UsdtClient\UsdtError;

/** Asks the gateway for each payment that is open, since a webhook can fail to come, and none may tell of an end. */
final class Reconciliation
{
    private const PERIOD = 5 * Payments::MINUTE;
    /** Of one run. */
    private const MOST_PAYMENTS = 200;
    private const MOST_SECONDS = 20;
    /** Seconds after a payment's end by which the gateway knows of it. */
    private const MARGIN = 2 * Payments::MINUTE;

    /** @var Plugin */
    private $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function run(): void
    {
        if (!$this->plugin->settings->isComplete() || $this->plugin->shop->isMoved()) {
            return;
        }
        $this->plugin->state->put('run', ['at' => time()]);
        $end = time() + self::MOST_SECONDS;
        foreach ($this->plugin->payments->due(time(), self::MOST_PAYMENTS) as $row) {
            if (time() >= $end) {
                return;
            }
            try {
                $this->check($row);
            } catch (Busy $busy) {
                continue;
            } catch (UsdtError $error) {
                $this->plugin->warn("payment of attempt $row->reference: {$error->getMessage()}");
                if (!$error instanceof NotFoundError) {
                    // The gateway does not answer, or not us, or wants to be left alone: the next run goes on.
                    return;
                }
            } catch (\Throwable $error) {
                $this->plugin->warn("payment of attempt $row->reference: {$error->getMessage()}");
                $this->plugin->payments->change($row, ['check_at' => time() + self::PERIOD]);
            }
        }
    }

    /** When it last ran; 0 where it never did. */
    public function lastRun(): int
    {
        return (int) ($this->plugin->state->get('run')['at'] ?? 0);
    }

    /**
     * Asks how one payment stands, and does what that means for its order.
     *
     * @throws UsdtError|Busy
     */
    public function check(PaymentRow $row, float $timeout = 15.0): void
    {
        if (!$row->isOpen()) {
            return;
        }
        if ($row->paymentId === null && !$this->plugin->paying->recover($row)) {
            // The gateway never heard of it. An hour later nobody repeats it.
            $isOver = $row->createdAt + Payments::HOUR < time();
            $this->plugin->payments->change(
                $row,
                $isOver ? ['state' => Payments::CLOSED] : ['check_at' => time() + self::PERIOD]
            );
            return;
        }
        $row = $this->plugin->payments->find($row->reference);
        if ($row === null || $row->paymentId === null) {
            return;
        }
        try {
            $payment = $this->plugin->settings->client($timeout)->getPayment($row->paymentId);
        } catch (NotFoundError $gone) {
            // Another project, or another gateway: what was created there is not seen from here.
            $this->plugin->payments->change($row, ['check_at' => time() + Payments::HOUR]);
            $this->closeWhenOver($row);
            throw $gone;
        }
        if ($payment->isPaid()) {
            $this->plugin->booking->paid($row, $payment);
            return;
        }
        if ($payment->status === 'expired' || $payment->status === 'failed') {
            $this->plugin->booking->ended($row, $payment->status);
        }
        $this->plugin->payments->change($row, ['check_at' => $this->next($row, $payment)]);
        $this->closeWhenOver($row);
    }

    private function next(PaymentRow $row, Payment $payment): int
    {
        $now = time();
        if ($payment->status === 'pending') {
            // While a transfer is on its way, or the gateway is late, its end is not the window's.
            return max($now + self::PERIOD, min((int) $row->expiresAt + self::MARGIN, $now + Payments::HOUR));
        }
        return $now + Payments::HOUR;
    }

    private function closeWhenOver(PaymentRow $row): void
    {
        $row = $this->plugin->payments->find($row->reference);
        if ($row === null || $row->state !== Payments::EXPIRED) {
            return;
        }
        $end = ($row->expiresAt ?? $row->createdAt) + $this->plugin->settings->quarantine() + 2 * Payments::HOUR;
        if ($end < time()) {
            $this->plugin->payments->change($row, ['state' => Payments::CLOSED]);
        }
    }
}
