// The payer's side.

import { Args, Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql';
import {
  ActiveOrderService,
  Allow,
  ChannelService,
  Ctx,
  type ID,
  Logger,
  OrderService,
  type PaymentMethod,
  PaymentMethodService,
  Permission,
  RequestContext,
  idsAreEqual,
} from '@vendure/core';
import { UsdtError } from 'usdt-client';

import { LOG } from '../constants';
import { isOurs } from '../method';
import { NotWaiting, Paying } from '../paying.service';
import { type UsdtPayment, UsdtPaymentState } from '../payment.entity';
import { Payments } from '../payments.service';
import { Reconciliation, messageOf } from '../reconciliation.service';
import { Shop } from '../shop.service';
import { UsdtPaymentError } from './errors';

/** Seconds between two questions to the gateway for one payment. */
const PAUSE = 5;
/** The payer waits for the answer. */
const TIMEOUT = 3_000;
const TOKEN = /^[0-9a-f]{32}$/;

interface UsdtPaymentPage {
  __typename: 'UsdtPaymentPage';
  token: string;
  paymentUrl: string;
  amount: string;
  expiresAt: Date;
}

interface UsdtPaymentProgress {
  state: 'WAITING' | 'PAID' | 'EXPIRED' | 'REVIEW';
  paymentUrl: string | null;
  orderCode: string | null;
}

@Resolver()
export class ShopResolver {
  constructor(
    private readonly activeOrders: ActiveOrderService,
    private readonly orders: OrderService,
    private readonly methods: PaymentMethodService,
    private readonly paying: Paying,
    private readonly payments: Payments,
    private readonly reconciliation: Reconciliation,
    private readonly shop: Shop,
    private readonly channels: ChannelService,
  ) {}

  @Mutation()
  @Allow(Permission.Owner)
  async createUsdtPayment(
    @Ctx() ctx: RequestContext,
    @Args('input') { paymentMethodCode }: { paymentMethodCode: string },
  ): Promise<UsdtPaymentPage | UsdtPaymentError> {
    try {
      const order = await this.activeOrders.getActiveOrder(ctx, undefined);
      if (!order) return new UsdtPaymentError('NO_ORDER');
      const method = await this.method(ctx, order.id, paymentMethodCode);
      if (!method) return new UsdtPaymentError('NOT_OFFERED');
      return page(await this.paying.start(ctx, order, method));
    } catch (error) {
      if (error instanceof NotWaiting) return new UsdtPaymentError('NOT_WAITING');
      if (!(error instanceof UsdtError)) throw error;
      Logger.warn(`a payment cannot be created: ${error.message}`, LOG);
      return new UsdtPaymentError('NOT_NOW');
    }
  }

  @Query()
  async usdtPayment(
    @Ctx() ctx: RequestContext,
    @Args('token') token: string,
  ): Promise<UsdtPaymentProgress | null> {
    const row = TOKEN.test(token) ? await this.payments.findByToken(token) : null;
    if (!row || row.orderId === null) return null;
    const fresh = await this.refresh(row);
    return {
      state: progress(fresh),
      paymentUrl: fresh.state === UsdtPaymentState.WAITING ? fresh.paymentUrl : null,
      orderCode: await this.orderCode(ctx, fresh, row.orderId),
    };
  }

  private async method(
    ctx: RequestContext,
    orderId: ID,
    code: string,
  ): Promise<PaymentMethod | null> {
    const order = await this.orders.findOne(ctx, orderId);
    const methods = order ? await this.methods.getEligiblePaymentMethods(ctx, order) : [];
    if (methods.some((one) => one.code === code && one.isEligible)) {
      const { paymentMethod } = await this.methods.getMethodAndOperations(ctx, code);
      if (isOurs(paymentMethod)) return paymentMethod;
    }
    return null;
  }

  private async refresh(row: UsdtPayment): Promise<UsdtPayment> {
    const mayAsk =
      row.isOpen && !(await this.shop.isMoved()) && (await this.payments.mayAsk(row, PAUSE));
    if (!mayAsk) return row;
    try {
      await this.reconciliation.check(row, TIMEOUT);
    } catch (error) {
      Logger.warn(`payment ${row.paymentId} at the payer's return: ${messageOf(error)}`, LOG);
    }
    return (await this.payments.find(row.id)) ?? row;
  }

  private async orderCode(
    ctx: RequestContext,
    row: UsdtPayment,
    orderId: ID,
  ): Promise<string | null> {
    const channel = await this.channels.findOne(ctx, row.channelId);
    const order = channel && (await this.orders.findOne(ctx.copy(channel), orderId));
    if (!order || !ctx.session) return null;
    const userId = order.customer?.user?.id;
    const isTheirs =
      ctx.activeUserId !== undefined && userId !== undefined && idsAreEqual(userId, ctx.activeUserId);
    return isTheirs || row.sessionId === String(ctx.session.id) ? order.code : null;
  }
}

@Resolver('CreateUsdtPaymentResult')
export class CreateUsdtPaymentResultResolver {
  @ResolveField()
  __resolveType(value: { __typename: string }): string {
    return value.__typename;
  }
}

function page({ token, paymentUrl, amount, expiresAt }: UsdtPayment): UsdtPaymentPage {
  if (paymentUrl === null || amount === null || expiresAt === null) {
    throw new Error('a payment has no page');
  }
  const __typename = 'UsdtPaymentPage';
  return { __typename, token, paymentUrl, amount, expiresAt: new Date(expiresAt * 1000) };
}

function progress({ state }: UsdtPayment): UsdtPaymentProgress['state'] {
  switch (state) {
    case UsdtPaymentState.WAITING:
      return 'WAITING';
    case UsdtPaymentState.BOOKED:
      return 'PAID';
    case UsdtPaymentState.ATTENTION:
    case UsdtPaymentState.SETTLED:
      return 'REVIEW';
    default:
      return 'EXPIRED';
  }
}
