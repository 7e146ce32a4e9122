// Tries out what a payment method is set to.

import { Injectable } from '@nestjs/common';
import type { PaymentMethod, RequestContext } from '@vendure/core';
import { ApiError, UsdtError } from 'usdt-client';

import { HANDLER } from './constants';
import { MethodSettings, isOneToOne, isOurs } from './method';
import { type Project, Projects } from './options';
import { Shop } from './shop.service';

/** Seconds by which clocks may differ: a webhook's time is believed within five minutes. */
const MOST_CLOCK_DIFFERENCE = 240;

export interface TestLine {
  good: boolean;
  text: string;
}

const good = (text: string): TestLine => ({ good: true, text });
const bad = (text: string): TestLine => ({ good: false, text });

@Injectable()
export class ConnectionTest {
  constructor(
    private readonly projects: Projects,
    private readonly shop: Shop,
  ) {}

  async connection(ctx: RequestContext, method: PaymentMethod): Promise<TestLine[]> {
    return this.explained(method, async (project) => {
      const client = project.client();
      const { ok, error, project: found, clockDifference, missing } = await client.ping();
      if (!ok || !found) throw error;
      const lines = [good(`The gateway knows the shop as "${found.name}" (${found.mode})`)];
      if (Math.abs(clockDifference ?? 0) > MOST_CLOCK_DIFFERENCE) {
        lines.push(bad(`The clocks differ by ${clockDifference} seconds: webhooks will be refused`));
      }
      if (method.checker?.code !== HANDLER) {
        lines.push(bad(`The payment method lacks the eligibility checker ${HANDLER}`));
      }
      if (await this.shop.isMoved()) {
        lines.push(bad('The shop has another address than before: call confirmUsdtShop'));
      }
      const settings = new MethodSettings(method);
      lines.push(...settings.faults.map(bad));
      for (const currency of ctx.channel.availableCurrencyCodes) {
        lines.push(ofCurrency(settings, found.priceCurrencies, currency));
      }
      return [...lines, ...missing.map(({ message }) => bad(message))];
    });
  }

  /** Tells the gateway where webhooks go, and lets it send one. */
  async webhook(method: PaymentMethod): Promise<TestLine[]> {
    return this.explained(method, async (project) => {
      const client = project.client();
      const { events } = await client.project();
      await client.updateProject({
        webhookUrl: project.webhookUrl,
        events: [...new Set([...events, 'payment.expired'])] as 'payment.expired'[],
        furtherRetries: true,
        by: 'vendure',
        note: 'set in the administration of the shop',
      });
      const { delivered, durationMs, error, httpStatus, excerpt } = await client.sendTestWebhook();
      if (delivered) return [good(`Webhooks reach ${project.webhookUrl} (${durationMs} ms)`)];
      const lines = [
        bad(`The gateway did not reach ${project.webhookUrl}: ${error ?? httpStatus}`),
      ];
      return excerpt ? [...lines, bad(excerpt)] : lines;
    });
  }

  private async explained(
    method: PaymentMethod,
    test: (project: Project) => Promise<TestLine[]>,
  ): Promise<TestLine[]> {
    if (!isOurs(method)) return [bad('It is no payment method for USDT')];
    const { project: name } = new MethodSettings(method);
    const project = this.projects.find(name);
    if (!project) return [bad(`The configuration has no project "${name}"`)];
    try {
      return await test(project);
    } catch (error) {
      if (!(error instanceof UsdtError)) throw error;
      const hint = error instanceof ApiError && error.hint ? `. ${error.hint}` : '';
      return [bad(error.message + hint)];
    }
  }
}

function ofCurrency(settings: MethodSettings, converted: string[], currency: string): TestLine {
  if (!settings.takes(currency)) {
    return bad(`Payers with ${currency} do not see the method: it is not among its currencies`);
  }
  if (isOneToOne(currency)) return good(`Orders in ${currency} can be paid, one to one`);
  return converted.includes(currency)
    ? good(`Orders in ${currency} can be paid: the gateway converts them`)
    : bad(`The gateway does not convert ${currency} for this project: ask its operator`);
}
