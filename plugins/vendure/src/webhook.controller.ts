// Takes the gateway's webhooks, each project's at an address of its own.

import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import { Logger, RequestContextService } from '@vendure/core';
import {
  type NodeRequest,
  type NodeResponse,
  type OtherEvent,
  type PaidEvent,
  webhookHandler,
} from 'usdt-client';

import { Booking } from './booking.service';
import { LOG } from './constants';
import { Projects } from './options';
import { Paying } from './paying.service';
import type { UsdtPayment } from './payment.entity';
import { Payments } from './payments.service';
import { Reconciliation, messageOf } from './reconciliation.service';
import { Shop } from './shop.service';

export const WEBHOOK_ROUTE = '/usdt-checkout/webhook';
/** Larger than any event. */
const MOST_BYTES = 64 * 1024;
/** The gateway tries again. */
const AGAIN = 503;

@Controller(WEBHOOK_ROUTE)
export class WebhookController {
  constructor(
    private readonly projects: Projects,
    private readonly shop: Shop,
    private readonly payments: Payments,
    private readonly paying: Paying,
    private readonly booking: Booking,
    private readonly reconciliation: Reconciliation,
    private readonly contexts: RequestContextService,
  ) {}

  @Post(':project')
  async receive(
    @Req() request: NodeRequest,
    @Res() response: NodeResponse,
    @Param('project') name: string,
  ): Promise<void> {
    const project = this.projects.find(name);
    if (!project) {
      response.statusCode = 404;
      response.end();
      return;
    }
    await webhookHandler(project.webhook, (event) => this.take(name, event))(request, response);
  }

  private async take(project: string, event: PaidEvent | OtherEvent): Promise<number> {
    if (event.type === 'test') return 200;
    try {
      // Whether it is this shop's is for the merchant to say first.
      if (await this.shop.isMoved()) return AGAIN;
      if (event.isPaid) await this.paid(project, event);
      else if (event.type === 'payment.expired') await this.ended(project, event);
      return 200;
    } catch (error) {
      Logger.warn(`a webhook is not booked: ${messageOf(error)}`, LOG);
      return AGAIN;
    }
  }

  private async paid(project: string, event: PaidEvent): Promise<void> {
    const row = await this.find(project, event);
    if (row) return this.booking.paid(row, event);
    const ctx = await this.contexts.create({ apiType: 'admin' });
    const reason = `${event.orderId}: this shop knows no such payment`;
    await this.booking.unknown(ctx, project, event.paymentId, reason);
  }

  private async ended(project: string, { paymentId }: OtherEvent): Promise<void> {
    const row = paymentId === null ? null : await this.payments.findByPaymentId(paymentId);
    // The gateway's word now, and not the event's, which may be old.
    if (row?.project === project) await this.reconciliation.check(row);
  }

  private async find(project: string, event: PaidEvent): Promise<UsdtPayment | null> {
    const row = await this.payments.findByPaymentId(event.paymentId);
    if (row?.project === project) return row;
    if (row) {
      Logger.warn(`payment ${row.paymentId} of ${row.project} is told of by ${project}`, LOG);
      return null;
    }
    const asked = await this.payments.findByReference(event.orderId);
    if (asked?.paymentId !== null || asked.project !== project) return null;
    // The answer to its creation was lost, or is just being stored.
    const found = await this.paying.recover(asked);
    return found?.paymentId === event.paymentId ? found : null;
  }
}

/** Keeps the bytes of a webhook, before Vendure's parsers see it. */
export async function keepBytes(
  request: NodeRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
): Promise<void> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MOST_BYTES) {
        response.statusCode = 413;
        response.setHeader('Connection', 'close');
        response.end();
        return;
      }
    }
  } catch (error) {
    next(error);
    return;
  }
  request.rawBody = Buffer.concat(chunks);
  next();
}
