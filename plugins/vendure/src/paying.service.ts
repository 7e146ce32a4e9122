// Gets the payment of an order.

import { Injectable } from '@nestjs/common';
import {
  EntityNotFoundError,
  type Order,
  OrderService,
  type PaymentMethod,
  type RequestContext,
} from '@vendure/core';
import { NotFoundError, OrderConflictError, type Payment, compareAmounts } from 'usdt-client';

import { now } from './clock';
import { MethodSettings, price } from './method';
import { OrderChanges } from './order-changes';
import { OrderPrices } from './order-prices';
import { Projects } from './options';
import { type UsdtPayment, UsdtPaymentState } from './payment.entity';
import { Payments } from './payments.service';
import { Shop } from './shop.service';

/** So many further attempts where the gateway has something else under the order's ID. */
const MOST_TRIES = 3;

/** There is nothing to pay. */
export class NotWaiting extends Error {}

@Injectable()
export class Paying {
  constructor(
    private readonly changes: OrderChanges,
    private readonly payments: Payments,
    private readonly prices: OrderPrices,
    private readonly projects: Projects,
    private readonly shop: Shop,
    private readonly orders: OrderService,
  ) {}

  /** The payment of the order's present attempt. The same order again has the same payment. */
  async start(ctx: RequestContext, order: Order, method: PaymentMethod): Promise<UsdtPayment> {
    const { channelId, languageCode } = ctx;
    const place = { orderId: order.id, channelId, languageCode };
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const row = await this.changes.run(place, (changing) =>
        this.attempt(changing, order, method, ctx.session?.id),
      );
      const created = row.paymentUrl === null ? await this.create(row) : row;
      if (created) return created;
    }
    throw new Error('the gateway has other payments under the IDs of this order');
  }

  /** Asks for an attempt whose answer was lost: the row as it is then, or `null` where there is nothing. */
  async recover(row: UsdtPayment): Promise<UsdtPayment | null> {
    let payment: Payment;
    try {
      payment = await this.projects.get(row.project).client().getPaymentByOrder(row.reference);
    } catch (error) {
      if (error instanceof NotFoundError) return null;
      throw error;
    }
    await this.payments.keep(row, payment);
    return this.payments.find(row.id);
  }

  private async attempt(
    ctx: RequestContext,
    { id }: Order,
    method: PaymentMethod,
    sessionId: string | number | undefined,
  ): Promise<UsdtPayment> {
    const order = await this.orders.findOne(ctx, id);
    if (!order) throw new EntityNotFoundError('Order', id);
    order.payments = await this.orders.getOrderPayments(ctx, id);
    const priceAmount = this.prices.due(order);
    const isWaiting = order.state === 'ArrangingPayment' && compareAmounts(priceAmount, '0') > 0;
    if (!isWaiting) throw new NotWaiting(`order ${order.code} waits for no payment`);
    const current = await this.payments.current(id, ctx);
    if (current && (await this.fits(current, order, method))) return current;
    const attempt = (current?.attempt ?? 0) + 1;
    return this.payments.add(ctx, {
      reference: await this.shop.reference(id, attempt),
      orderId: id,
      attempt,
      channelId: ctx.channelId,
      languageCode: ctx.languageCode,
      sessionId: sessionId === undefined ? null : String(sessionId),
      project: new MethodSettings(method).project,
      method: method.code,
      priceAmount,
      priceCurrency: order.currencyCode,
    });
  }

  private async fits(row: UsdtPayment, order: Order, method: PaymentMethod): Promise<boolean> {
    return (
      row.state === UsdtPaymentState.WAITING &&
      row.method === method.code &&
      row.project === new MethodSettings(method).project &&
      (row.expiresAt === null || row.expiresAt > now()) &&
      this.prices.isStill(row, order) &&
      (await this.shop.isItsOwn(row))
    );
  }

  /** The row with its payment, or `null` where the answer is not about it. */
  private async create(row: UsdtPayment): Promise<UsdtPayment | null> {
    const project = this.projects.get(row.project);
    const back = project.returnUrl(row.token);
    let payment: Payment;
    try {
      payment = await project.client().createPayment({
        orderId: row.reference,
        // Everybody can see them: no order code is in them.
        successUrl: back,
        failUrl: back,
        ...price(row.priceAmount, row.priceCurrency),
      });
    } catch (error) {
      if (!(error instanceof OrderConflictError)) throw error;
      await this.payments.reject(row);
      return null;
    }
    const known = await this.payments.findByPaymentId(payment.paymentId);
    const isKnown = known?.id === row.id;
    if (known ? !isKnown : payment.status !== 'pending') {
      // The gateway has something else under this name: whatever it is, it is not this order's.
      await this.payments.reject(row);
      return null;
    }
    if (!isKnown) await this.payments.keep(row, payment);
    return this.payments.find(row.id);
  }
}
