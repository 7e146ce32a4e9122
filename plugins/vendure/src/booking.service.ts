// Changes orders by what has become of their payments: each payment once, and never backwards. Whatever cannot be
// booked is written down for a person.

import { Injectable } from '@nestjs/common';
import {
  CustomerService,
  EventBus,
  type ID,
  Logger,
  type Order,
  OrderService,
  type PaymentMethod,
  PaymentMethodService,
  ProductVariantService,
  type RequestContext,
  UserInputError,
  isGraphQlErrorResult,
} from '@vendure/core';
import { type PaidEvent, type Payment, compareAmounts } from 'usdt-client';

import { UsdtAttentionEvent } from './attention.event';
import { LOG } from './constants';
import { type Received, booking } from './handler';
import { MethodSettings } from './method';
import { add } from './money';
import { OrderChanges } from './order-changes';
import { OrderPrices } from './order-prices';
import { UsdtPayment, UsdtPaymentState } from './payment.entity';
import { Payments, UNPAID } from './payments.service';
import { Shop } from './shop.service';

type Paid = PaidEvent | Payment;

/** States of payments in which an order has got nothing. */
const FAILED = ['Declined', 'Error', 'Cancelled'];

/** Vendure does not let the money in. What was done is undone. */
class Refusal extends Error {}

@Injectable()
export class Booking {
  constructor(
    private readonly changes: OrderChanges,
    private readonly payments: Payments,
    private readonly shop: Shop,
    private readonly prices: OrderPrices,
    private readonly orders: OrderService,
    private readonly methods: PaymentMethodService,
    private readonly variants: ProductVariantService,
    private readonly customers: CustomerService,
    private readonly events: EventBus,
  ) {}

  /**
   * Books a payment that the gateway says is paid. It may be called for the same one any number of times, and at
   * once.
   */
  async paid(row: UsdtPayment, paid: Paid): Promise<void> {
    try {
      await this.changes.run(row, (ctx) => this.book(ctx, row.id, paid));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await this.changes.run(row, (ctx) => this.book(ctx, row.id, paid, error.message));
    }
  }

  /** The payment's time is over; or it was given up, and nothing comes any more. */
  async ended(row: UsdtPayment, isGivenUp: boolean): Promise<void> {
    const { WAITING, EXPIRED, CLOSED } = UsdtPaymentState;
    await this.changes.run(row, async (ctx) => {
      const ended = isGivenUp ? CLOSED : EXPIRED;
      const claimed = await this.payments.claim(ctx, row.id, [WAITING], ended);
      const order = claimed && (await this.order(ctx, claimed));
      if (!order || order.state !== 'ArrangingPayment') return;
      // Another payment may be under way, or part of the order be paid.
      const isAlone = order.payments.every(({ state }) => FAILED.includes(state));
      if (!isAlone || !(await this.isCurrent(ctx, claimed))) return;
      const left = await this.orders.transitionToState(ctx, order.id, 'AddingItems');
      if (isGraphQlErrorResult(left)) {
        Logger.warn(`order ${order.code} stays as it is: ${left.transitionError}`, LOG);
      }
      await this.note(ctx, order.id, `The time to pay USDT payment ${claimed.paymentId} is over.`);
    });
  }

  /** A person takes the money for the order, whatever spoke against it. */
  async accept(row: UsdtPayment, paid: Paid): Promise<void> {
    await this.changes.run(row, async (ctx) => {
      const { ATTENTION, BOOKED } = UsdtPaymentState;
      const claimed = await this.payments.claim(ctx, row.id, [ATTENTION], BOOKED);
      const order = claimed && (await this.order(ctx, claimed));
      if (!order || !paid.isPaid || paid.paymentId !== claimed.paymentId) {
        throw new UserInputError('It is no payment of an order that needs attention');
      }
      if (!isPayable(order)) {
        throw new UserInputError(`The order is in the state ${order.state}`);
      }
      try {
        await this.complete(ctx, claimed, order, paid);
      } catch (error) {
        throw error instanceof Refusal ? new UserInputError(error.message) : error;
      }
    });
  }

  /** Writes down what this shop does not know, and tells of it. */
  async unknown(
    ctx: RequestContext,
    project: string,
    paymentId: string,
    reason: string,
  ): Promise<void> {
    const row = await this.payments.addUnknown(paymentId, project, ctx.channelId, reason);
    if (row) await this.tell(ctx, row, reason);
  }

  private async book(
    ctx: RequestContext,
    id: ID,
    paid: Paid,
    refusal: string | null = null,
  ): Promise<void> {
    const row = await this.payments.claim(ctx, id, UNPAID, UsdtPaymentState.BOOKED);
    if (!row) return;
    const order = await this.order(ctx, row);
    if (!order) return this.alarm(ctx, row, null, paid, 'the order is not there any more');
    const objection =
      refusal ??
      (await this.problem(ctx, row, order, paid)) ??
      (await this.doubt(ctx, row, order, paid));
    if (objection !== null) return this.alarm(ctx, row, order, paid, objection);
    await this.complete(ctx, row, order, paid);
  }

  /** Why this money is not for the order as it stands. */
  private async problem(
    ctx: RequestContext,
    row: UsdtPayment,
    order: Order,
    paid: Paid,
  ): Promise<string | null> {
    const differences = paid
      .differences({ orderId: row.reference, ...createdOf(row) })
      .filter((field) => field !== 'received_amount');
    if (differences.length > 0) {
      return `it differs from what the shop has asked for: ${differences.join(', ')}`;
    }
    if (!(await this.shop.isItsOwn(row))) {
      return 'it belongs to the shop of which this is a copy, or which was here before';
    }
    if (!isPayable(order)) return `the order is in the state ${order.state}`;
    if (!(await this.isCurrent(ctx, row))) return 'it belongs to an earlier attempt to pay the order';
    return null;
  }

  /** Why a person has to decide before the goods go out. */
  private async doubt(
    ctx: RequestContext,
    row: UsdtPayment,
    order: Order,
    paid: Paid,
  ): Promise<string | null> {
    const method = await this.method(ctx, row.method);
    if (!method) return `there is no payment method ${row.method} any more`;
    const settings = new MethodSettings(method);
    const { receivedAmount, late } = paid;
    const { amount } = createdOf(row);
    if (
      receivedAmount !== null &&
      compareAmounts(add(receivedAmount, settings.tolerance), amount) < 0
    ) {
      return `${receivedAmount} USDT were accepted, and ${amount} were due`;
    }
    if (!this.prices.isStill(row, order)) {
      const price = `${this.prices.due(order)} ${order.currencyCode}`;
      return `${row.priceAmount} ${row.priceCurrency} were paid for, and the order costs ${price} by now`;
    }
    if (late && settings.holdsLateMoney) return 'it came after its time';
    const mayBeSold = late || order.state !== 'ArrangingPayment';
    if (mayBeSold && !(await this.hasStock(ctx, order))) return 'the goods are sold by now';
    return null;
  }

  private async complete(
    ctx: RequestContext,
    row: UsdtPayment,
    order: Order,
    paid: Paid,
  ): Promise<void> {
    const money = receivedOf(paid);
    if (order.state !== 'ArrangingPayment') {
      const moved = await this.orders.transitionToState(ctx, order.id, 'ArrangingPayment');
      if (isGraphQlErrorResult(moved)) {
        throw new Refusal(`the order cannot be paid: ${moved.transitionError}`);
      }
    }
    const input = { method: row.method, metadata: booking(money) };
    const done = await this.orders.addPaymentToOrder(ctx, order.id, input);
    if (isGraphQlErrorResult(done)) throw new Refusal(`the order cannot be paid: ${done.message}`);
    if (isPayable(done)) throw new Refusal(`the order stays in the state ${done.state}`);
    await this.customers.createAddressesForNewCustomer(ctx, done);
    const { txid, receivedAmount } = money;
    await this.payments.change(row, { reason: null, txid, receivedAmount }, ctx);
    const late = money.late ? ', after its time' : '';
    const note = `USDT payment ${row.paymentId} is paid${late}. Transaction: ${txid}`;
    await this.note(ctx, order.id, note);
    Logger.info(`payment ${row.paymentId} of order ${order.code} is booked`, LOG);
  }

  private async alarm(
    ctx: RequestContext,
    row: UsdtPayment,
    order: Order | null,
    paid: Paid,
    reason: string,
  ): Promise<void> {
    const { txid, receivedAmount } = paid;
    const why = { state: UsdtPaymentState.ATTENTION, reason: reason.slice(0, 500) };
    await this.payments.change(row, { ...why, txid, receivedAmount }, ctx);
    if (order) {
      const note = `USDT payment ${paid.paymentId} has brought money, but ${reason}. Please decide. Transaction: ${txid}`;
      await this.note(ctx, order.id, note);
    }
    await this.tell(ctx, row, reason);
  }

  private async tell(ctx: RequestContext, row: UsdtPayment, reason: string): Promise<void> {
    Logger.warn(`payment ${row.paymentId} needs attention: ${reason}`, LOG);
    await this.events.publish(new UsdtAttentionEvent(ctx, row, reason));
  }

  private async order(ctx: RequestContext, row: UsdtPayment): Promise<Order | null> {
    const order = row.orderId === null ? null : await this.orders.findOne(ctx, row.orderId);
    if (!order) return null;
    order.payments = await this.orders.getOrderPayments(ctx, order.id);
    return order;
  }

  private async method(ctx: RequestContext, code: string): Promise<PaymentMethod | null> {
    try {
      return (await this.methods.getMethodAndOperations(ctx, code)).paymentMethod;
    } catch (error) {
      if (error instanceof UserInputError) return null;
      throw error;
    }
  }

  private async isCurrent(ctx: RequestContext, row: UsdtPayment): Promise<boolean> {
    const current = row.orderId === null ? null : await this.payments.current(row.orderId, ctx);
    return current?.id === row.id;
  }

  private async hasStock(ctx: RequestContext, order: Order): Promise<boolean> {
    for (const line of order.lines) {
      const level = await this.variants.getSaleableStockLevel(ctx, line.productVariant);
      if (level < line.quantity) return false;
    }
    return true;
  }

  private async note(ctx: RequestContext, orderId: ID, note: string): Promise<void> {
    await this.orders.addNoteToOrder(ctx, { id: orderId, note, isPublic: false });
  }
}

function isPayable(order: Order): boolean {
  return order.state === 'ArrangingPayment' || order.state === 'AddingItems';
}

/** What the gateway has created for an attempt. Without it no money can be told of. */
function createdOf({ reference, amount, paymentId }: UsdtPayment): {
  amount: string;
  paymentId: string;
} {
  if (amount === null || paymentId === null) throw new Error(`${reference} was never created`);
  return { amount, paymentId };
}

function receivedOf(paid: Paid): Received {
  const { paymentId, amount, txid, receivedAmount, late } = paid;
  if (txid === null) throw new Error(`payment ${paymentId} is paid without a transaction`);
  return { paymentId, amount, txid, receivedAmount, late };
}
