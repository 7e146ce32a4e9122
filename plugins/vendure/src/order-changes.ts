// Changes of an order by what has become of its payments: one after the other, each whole or not at all.

import { Injectable } from '@nestjs/common';
import {
  ChannelService,
  type ID,
  type LanguageCode,
  Order,
  RequestContext,
  RequestContextService,
  TransactionalConnection,
} from '@vendure/core';

const ONE_CONNECTION = ['better-sqlite3', 'sqljs'];

export interface OrderPlace {
  orderId: ID | null;
  channelId: ID;
  languageCode: string;
}

@Injectable()
export class OrderChanges {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly connection: TransactionalConnection,
    private readonly contexts: RequestContextService,
    private readonly channels: ChannelService,
  ) {}

  /**
   * Does the work in a transaction in which nobody else changes the order, in the channel and the language of the
   * payer.
   */
  async run<T>(place: OrderPlace, work: (ctx: RequestContext) => Promise<T>): Promise<T> {
    const ctx = await this.context(place);
    return this.inTurn(() =>
      this.connection.withTransaction(ctx, async (transaction) => {
        await this.lock(transaction, place.orderId);
        return work(transaction);
      }),
    );
  }

  private async context({ channelId, languageCode }: OrderPlace): Promise<RequestContext> {
    const channel = await this.channels.findOne(RequestContext.empty(), channelId);
    if (!channel) throw new Error(`channel ${channelId} is not there any more`);
    return this.contexts.create({
      apiType: 'admin',
      channelOrToken: channel,
      languageCode: languageCode as LanguageCode,
    });
  }

  /** The first statement of a transaction, so that MySQL reads what others have committed before. */
  private async lock(ctx: RequestContext, orderId: ID | null): Promise<void> {
    if (orderId === null) return;
    const orders = this.connection.getRepository(ctx, Order).createQueryBuilder();
    await orders
      .update()
      .set({ active: () => 'active' })
      .where({ id: orderId })
      .execute();
  }

  /** All transactions of SQLite share one connection, where one would go into the other. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (!ONE_CONNECTION.includes(this.connection.rawConnection.options.type)) return work();
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
