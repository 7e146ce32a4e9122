// Asks the gateway for each payment that is open, since a webhook can fail to come.

import { Injectable } from '@nestjs/common';
import { Logger, ScheduledTask } from '@vendure/core';
import { NotFoundError, type Payment, UsdtError } from 'usdt-client';

import { Booking } from './booking.service';
import { now } from './clock';
import { LOG, TASK } from './constants';
import { Projects } from './options';
import { Paying } from './paying.service';
import { type UsdtPayment, UsdtPaymentState } from './payment.entity';
import { Payments } from './payments.service';
import { Shop } from './shop.service';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const PERIOD = 5 * MINUTE;
/** Seconds after a payment's end by which the gateway knows of it. */
const MARGIN = 2 * MINUTE;
/** Seconds after a payment's end for which money may still come: a gateway's quarantine of a day, and more. */
const LONGEST_WAIT = 26 * HOUR;
/** Of one run. */
const MOST_PAYMENTS = 200;
const MOST_SECONDS = 40;

@Injectable()
export class Reconciliation {
  constructor(
    private readonly payments: Payments,
    private readonly projects: Projects,
    private readonly paying: Paying,
    private readonly booking: Booking,
    private readonly shop: Shop,
  ) {}

  async run(): Promise<{ asked: number; failed: number }> {
    const result = { asked: 0, failed: 0 };
    if (await this.shop.isMoved()) return result;
    const end = now() + MOST_SECONDS;
    const silent = new Set<string>();
    for (const row of await this.payments.due(MOST_PAYMENTS)) {
      if (now() >= end) break;
      if (silent.has(row.project)) continue;
      result.asked++;
      try {
        await this.check(row);
      } catch (error) {
        result.failed++;
        Logger.warn(`payment of attempt ${row.reference}: ${messageOf(error)}`, LOG);
        if (error instanceof UsdtError && !(error instanceof NotFoundError)) {
          // The gateway does not answer, or not us, or wants to be left alone: the next run goes on.
          silent.add(row.project);
        } else {
          await this.payments.change(row, { checkAt: now() + PERIOD });
        }
      }
    }
    return result;
  }

  /** Asks how one payment stands, and does what that means for its order. */
  async check(row: UsdtPayment, timeout?: number): Promise<void> {
    if (!row.isOpen) return;
    const known = row.paymentId === null ? await this.paying.recover(row) : row;
    if (!known || known.paymentId === null) {
      // The gateway never heard of it. An hour later nobody repeats it.
      const isOver = row.createdAt.getTime() / 1000 + HOUR < now();
      const changes = isOver ? { state: UsdtPaymentState.CLOSED } : { checkAt: now() + PERIOD };
      return this.payments.change(row, changes);
    }
    let payment: Payment;
    try {
      payment = await this.projects.get(known.project).client(timeout).getPayment(known.paymentId);
    } catch (error) {
      // Another gateway has taken the place of the one where it was created.
      if (error instanceof NotFoundError) await this.closeWhenOver(known);
      throw error;
    }
    if (payment.isPaid) return this.booking.paid(known, payment);
    if (payment.status === 'expired' || payment.status === 'failed') {
      await this.booking.ended(known, payment.status === 'failed');
    }
    await this.payments.change(known, { checkAt: next(known, payment) });
    await this.closeWhenOver(known);
  }

  private async closeWhenOver(known: UsdtPayment): Promise<void> {
    const row = await this.payments.find(known.id);
    if (!row?.isOpen || row.expiresAt === null) return;
    if (row.expiresAt + LONGEST_WAIT < now()) {
      await this.payments.change(row, { state: UsdtPaymentState.CLOSED });
    }
  }
}

export const reconciliationTask = new ScheduledTask({
  id: TASK,
  description: 'Asks the gateway for USDT payments that are open',
  schedule: (cron) => cron.everyMinute(),
  execute: ({ injector }) => injector.get(Reconciliation).run(),
});

function next(row: UsdtPayment, payment: Payment): number {
  const time = now();
  if (payment.status !== 'pending') return time + HOUR;
  // While a transfer is on its way, or the gateway is late, its end is not the window's.
  return Math.max(time + PERIOD, Math.min((row.expiresAt ?? 0) + MARGIN, time + HOUR));
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
