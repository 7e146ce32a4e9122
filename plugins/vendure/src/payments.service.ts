// The table of payments.

import { randomBytes } from 'node:crypto';

import { Injectable } from '@nestjs/common';
import { type ID, type RequestContext, TransactionalConnection } from '@vendure/core';
import { In, IsNull, LessThanOrEqual, type Repository } from 'typeorm';
import type { Payment } from 'usdt-client';

import { now } from './clock';
import { UsdtPayment, UsdtPaymentState } from './payment.entity';

const OPEN = [UsdtPaymentState.WAITING, UsdtPaymentState.EXPIRED];
/** Those for which no money has come. */
export const UNPAID = [...OPEN, UsdtPaymentState.CLOSED];
/** Seconds after which a payment that was not heard of is asked for. */
const FIRST_CHECK = 5 * 60;

type NewRow = Pick<
  UsdtPayment,
  | 'reference'
  | 'orderId'
  | 'attempt'
  | 'channelId'
  | 'languageCode'
  | 'sessionId'
  | 'project'
  | 'method'
  | 'priceAmount'
  | 'priceCurrency'
>;

@Injectable()
export class Payments {
  constructor(private readonly connection: TransactionalConnection) {}

  find(id: ID, ctx?: RequestContext): Promise<UsdtPayment | null> {
    return this.rows(ctx).findOneBy({ id });
  }

  findByPaymentId(paymentId: string): Promise<UsdtPayment | null> {
    return this.rows().findOneBy({ paymentId });
  }

  async findByReference(reference: string): Promise<UsdtPayment | null> {
    const row = await this.rows().findOneBy({ reference });
    // MySQL may take `A` for `a`; the gateway does not.
    return row?.reference === reference ? row : null;
  }

  findByToken(token: string): Promise<UsdtPayment | null> {
    return this.rows().findOneBy({ token });
  }

  /** The order's present attempt. */
  current(orderId: ID, ctx: RequestContext): Promise<UsdtPayment | null> {
    return this.rows(ctx).findOne({ where: { orderId }, order: { attempt: 'DESC' } });
  }

  due(most: number): Promise<UsdtPayment[]> {
    return this.rows().find({
      where: { state: In(OPEN), checkAt: LessThanOrEqual(now()) },
      // Those that wait stand before those whose time is over.
      order: { state: 'DESC', checkAt: 'ASC' },
      take: most,
    });
  }

  /** A new attempt, written down before the gateway hears of it: if its answer is lost, the reconciliation asks. */
  add(ctx: RequestContext, row: NewRow): Promise<UsdtPayment> {
    const state = UsdtPaymentState.WAITING;
    return this.rows(ctx).save(
      new UsdtPayment({ ...row, token: newToken(), state, checkAt: now() + FIRST_CHECK }),
    );
  }

  /** Money for something that this shop does not know, once for each payment: the row, or `null` for a repeat. */
  async addUnknown(
    paymentId: string,
    project: string,
    channelId: ID,
    reason: string,
  ): Promise<UsdtPayment | null> {
    if (await this.findByPaymentId(paymentId)) return null;
    const row = new UsdtPayment({
      // A reference of its own: the one that came may stand in another row.
      reference: `unknown-${paymentId}`,
      paymentId,
      token: newToken(),
      orderId: null,
      attempt: 0,
      channelId,
      languageCode: 'en',
      project,
      method: '',
      priceAmount: '0',
      priceCurrency: 'USDT',
      state: UsdtPaymentState.ATTENTION,
      reason: reason.slice(0, 500),
      checkAt: 0,
    });
    try {
      return await this.rows().save(row);
    } catch (error) {
      if (await this.findByPaymentId(paymentId)) return null;
      throw error;
    }
  }

  /** Stores what the gateway has created for an attempt. */
  async keep(row: UsdtPayment, payment: Payment): Promise<void> {
    // By this server's own clock.
    const expiresAt = now() + payment.expiresIn;
    const { paymentId, amount, paymentUrl } = payment;
    await this.rows().update({ id: row.id }, { paymentId, amount, paymentUrl, expiresAt });
  }

  /** Closes an attempt under whose name the gateway has something else. */
  async reject(row: UsdtPayment): Promise<void> {
    const changes = { state: UsdtPaymentState.CLOSED, reason: 'the order ID was used before' };
    await this.rows().update({ id: row.id, paymentId: IsNull() }, changes);
  }

  async change(
    row: UsdtPayment,
    changes: Partial<Pick<UsdtPayment, 'reason' | 'txid' | 'receivedAmount' | 'checkAt' | 'state'>>,
    ctx?: RequestContext,
  ): Promise<void> {
    await this.rows(ctx).update({ id: row.id }, changes);
    Object.assign(row, changes);
  }

  /** Takes a payment from one of these states into another: of all who try at once, one gets it. */
  async claim(
    ctx: RequestContext,
    id: ID,
    from: UsdtPaymentState[],
    to: UsdtPaymentState,
  ): Promise<UsdtPayment | null> {
    const { affected } = await this.rows(ctx).update({ id, state: In(from) }, { state: to });
    return affected === 1 ? this.find(id, ctx) : null;
  }

  /** Whether it may be asked for now: of all who come within that many seconds, one. */
  async mayAsk(row: UsdtPayment, seconds: number): Promise<boolean> {
    const time = now();
    const asked = { id: row.id, askedAt: LessThanOrEqual(time - seconds) };
    const { affected } = await this.rows().update(asked, { askedAt: time });
    return affected === 1;
  }

  /** Those that are open are another shop's. */
  async disown(): Promise<void> {
    await this.rows().update({ state: In(OPEN) }, { state: UsdtPaymentState.CLOSED });
  }

  private rows(ctx?: RequestContext): Repository<UsdtPayment> {
    return this.connection.getRepository(ctx, UsdtPayment);
  }
}

function newToken(): string {
  return randomBytes(16).toString('hex');
}
