// The merchant's side.

import { Args, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import {
  Allow,
  ChannelService,
  Ctx,
  EntityNotFoundError,
  type ID,
  ListQueryBuilder,
  type ListQueryOptions,
  type Order,
  OrderService,
  type PaginatedList,
  PaymentMethod,
  Permission,
  RequestContext,
  TransactionalConnection,
  UserInputError,
  idsAreEqual,
} from '@vendure/core';

import { Booking } from '../booking.service';
import { ConnectionTest, type TestLine } from '../connection-test.service';
import { Projects } from '../options';
import { UsdtPayment, UsdtPaymentState } from '../payment.entity';
import { Payments } from '../payments.service';
import { Reconciliation } from '../reconciliation.service';
import { Shop } from '../shop.service';

@Resolver('UsdtPayment')
export class AdminResolver {
  constructor(
    private readonly connection: TransactionalConnection,
    private readonly lists: ListQueryBuilder,
    private readonly orders: OrderService,
    private readonly payments: Payments,
    private readonly projects: Projects,
    private readonly booking: Booking,
    private readonly reconciliation: Reconciliation,
    private readonly tests: ConnectionTest,
    private readonly shop: Shop,
    private readonly channels: ChannelService,
  ) {}

  @Query()
  @Allow(Permission.ReadOrder)
  async usdtPayments(
    @Ctx() ctx: RequestContext,
    @Args('options') options?: ListQueryOptions<UsdtPayment>,
  ): Promise<PaginatedList<UsdtPayment>> {
    const where = await this.visible(ctx);
    const query = this.lists.build(UsdtPayment, options, { ctx, where });
    const [items, totalItems] = await query.getManyAndCount();
    return { items, totalItems };
  }

  @Query()
  @Allow(Permission.ReadOrder)
  async usdtPayment(@Ctx() ctx: RequestContext, @Args('id') id: ID): Promise<UsdtPayment | null> {
    const where = { id, ...(await this.visible(ctx)) };
    return this.connection.getRepository(ctx, UsdtPayment).findOneBy(where);
  }

  @ResolveField()
  async order(@Ctx() ctx: RequestContext, @Parent() row: UsdtPayment): Promise<Order | null> {
    return row.orderId === null ? null : ((await this.orders.findOne(ctx, row.orderId)) ?? null);
  }

  @Mutation()
  @Allow(Permission.UpdatePaymentMethod)
  async testUsdtConnection(
    @Ctx() ctx: RequestContext,
    @Args('paymentMethodId') id: ID,
  ): Promise<TestLine[]> {
    return this.tests.connection(ctx, await this.method(ctx, id));
  }

  @Mutation()
  @Allow(Permission.UpdatePaymentMethod)
  async setUsdtWebhook(
    @Ctx() ctx: RequestContext,
    @Args('paymentMethodId') id: ID,
  ): Promise<TestLine[]> {
    return this.tests.webhook(await this.method(ctx, id));
  }

  @Mutation()
  @Allow(Permission.UpdateOrder)
  async checkUsdtPayment(@Ctx() ctx: RequestContext, @Args('id') id: ID): Promise<UsdtPayment> {
    await this.reconciliation.check(await this.row(ctx, id));
    return this.row(ctx, id);
  }

  @Mutation()
  @Allow(Permission.UpdateOrder)
  async acceptUsdtPayment(@Ctx() ctx: RequestContext, @Args('id') id: ID): Promise<UsdtPayment> {
    const row = await this.row(ctx, id);
    if (row.paymentId === null) throw new UserInputError('It has brought no money');
    const paid = await this.projects.get(row.project).client().getPayment(row.paymentId);
    await this.booking.accept(row, paid);
    return this.row(ctx, id);
  }

  @Mutation()
  @Allow(Permission.UpdateOrder)
  async settleUsdtPayment(@Ctx() ctx: RequestContext, @Args('id') id: ID): Promise<UsdtPayment> {
    const row = await this.row(ctx, id);
    const { ATTENTION, SETTLED } = UsdtPaymentState;
    if (!(await this.payments.claim(ctx, row.id, [ATTENTION], SETTLED))) {
      throw new UserInputError('It needs no attention');
    }
    return this.row(ctx, id);
  }

  @Mutation()
  @Allow(Permission.UpdateSettings)
  async confirmUsdtShop(@Args('is') is: 'MOVED' | 'COPY'): Promise<boolean> {
    if (!(await this.shop.isMoved())) throw new UserInputError('The shop is where it was');
    await (is === 'COPY' ? this.shop.drawNew() : this.shop.keep());
    return true;
  }

  /** As with orders, the default channel has those of all. */
  private async visible(ctx: RequestContext): Promise<{ channelId?: ID }> {
    const { channelId } = ctx;
    const { id } = await this.channels.getDefaultChannel(ctx);
    return idsAreEqual(id, channelId) ? {} : { channelId };
  }

  private async row(ctx: RequestContext, id: ID): Promise<UsdtPayment> {
    const row = await this.usdtPayment(ctx, id);
    if (!row) throw new EntityNotFoundError('UsdtPayment', id);
    return row;
  }

  private method(ctx: RequestContext, id: ID): Promise<PaymentMethod> {
    const { channelId } = ctx;
    return this.connection.getEntityOrThrow(ctx, PaymentMethod, id, { channelId });
  }
}
