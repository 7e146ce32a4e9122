// Amounts as decimal text, compared exactly.

import { InvalidArgument } from './errors.js';

const DECIMAL = /^[0-9]+(\.[0-9]+)?$/;

/** Whether it is decimal text, such as `50.00`: digits with at most one point between them. */
export function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && DECIMAL.test(value);
}

/** Decimal text that a program hands in. */
export function requireDecimal(value: unknown, name: string): string {
  if (typeof value === 'number' || typeof value === 'bigint') {
    throw new InvalidArgument(`${name} is a number: give a decimal string such as "50.00"`);
  }
  if (!isDecimal(value))
    throw new InvalidArgument(`${name} must be a decimal string such as "50.00"`);
  return value;
}

/**
 * Compares two amounts: below 0 where the first is less, 0 where both are the same. `50.00` is `50`.
 */
export function compareAmounts(left: string, right: string): number {
  const [a, b] = [requireDecimal(left, 'amount'), requireDecimal(right, 'amount')];
  const decimals = Math.max(decimalsOf(a), decimalsOf(b));
  const [whole, other] = [scaled(a, decimals), scaled(b, decimals)];
  return whole === other ? 0 : whole < other ? -1 : 1;
}

function decimalsOf(amount: string): number {
  const point = amount.indexOf('.');
  return point < 0 ? 0 : amount.length - point - 1;
}

function scaled(amount: string, decimals: number): bigint {
  return BigInt(amount.replace('.', '') + '0'.repeat(decimals - decimalsOf(amount)));
}
