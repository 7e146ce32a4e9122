// What a merchant sets in a payment method.

import type { PaymentMethod } from '@vendure/core';

import { HANDLER } from './constants';
import { isDecimal } from './money';

/** One to one with USDT. */
const SAME = ['USD', 'USDT'];

export class MethodSettings {
  readonly project: string;
  /** How much may be missing where somebody has accepted less than was due. */
  readonly tolerance: string;
  readonly holdsLateMoney: boolean;
  /** What cannot be read, and counts as not set. */
  readonly faults: string[] = [];
  private readonly currencies: string[];

  constructor(method: PaymentMethod) {
    const values = new Map(method.handler.args.map(({ name, value }) => [name, value]));
    this.project = values.get('project') ?? '';
    this.holdsLateMoney = values.get('latePolicy') === 'hold';
    this.tolerance = this.readTolerance(values.get('tolerance') || '0');
    this.currencies = this.readCurrencies(values.get('currencies') || '[]');
  }

  takes(currency: string): boolean {
    return isOneToOne(currency) || this.currencies.includes(currency);
  }

  private readTolerance(text: string): string {
    if (isDecimal(text)) return text;
    this.faults.push(`The tolerance ${text} is no number such as 0.50`);
    return '0';
  }

  private readCurrencies(text: string): string[] {
    try {
      const currencies: unknown = JSON.parse(text);
      if (Array.isArray(currencies)) return currencies.map(String);
    } catch {
      // It is no JSON.
    }
    this.faults.push(`The further currencies ${text} are no list`);
    return [];
  }
}

export function isOurs(method: PaymentMethod): boolean {
  return method.handler.code === HANDLER;
}

/** What to send for an amount. */
export function price(
  amount: string,
  currency: string,
): { amount: string } | { priceAmount: string; priceCurrency: string } {
  return isOneToOne(currency) ? { amount } : { priceAmount: amount, priceCurrency: currency };
}

export function isOneToOne(currency: string): boolean {
  return SAME.includes(currency);
}
