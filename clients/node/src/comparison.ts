// Everything in which a payment can differ from the one that the shop has stored.

import { compareAmounts, isDecimal, requireDecimal } from './amount.js';
import { InvalidArgument } from './errors.js';
import { parsePaymentId } from './fields.js';

/** What the shop stored when it created the payment. */
export interface Expected {
  orderId: string;
  /** Of the create, not the order's present total. */
  amount: string;
  paymentId: string | number | bigint;
}

/** A field of the gateway, by its name there. */
export type Difference =
  'payment_id' | 'order_id' | 'amount' | 'currency' | 'network' | 'received_amount';

export interface Compared {
  readonly paymentId: string | null;
  readonly orderId: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly network: string | null;
  /** Less than the order's amount was accepted: a person decides. */
  readonly receivedAmount: string | null;
}

/** The names of what differs. */
export function differences(payment: Compared, expected: Expected): Difference[] {
  const amount = requireDecimal(expected.amount, 'amount');
  const paymentId = requirePaymentId(expected.paymentId);
  if (typeof expected.orderId !== 'string') throw new InvalidArgument('orderId must be a string');
  const found: [Difference, boolean][] = [
    ['payment_id', payment.paymentId !== paymentId],
    ['order_id', payment.orderId !== expected.orderId],
    ['amount', !isDecimal(payment.amount) || compareAmounts(payment.amount, amount) !== 0],
    ['currency', payment.currency !== 'USDT'],
    ['network', payment.network !== 'TRC20'],
    [
      'received_amount',
      isDecimal(payment.receivedAmount) && compareAmounts(payment.receivedAmount, amount) < 0,
    ],
  ];
  return found.filter(([, differs]) => differs).map(([name]) => name);
}

/** A payment's ID that a program hands in, as text. */
export function requirePaymentId(value: unknown): string {
  const id = parsePaymentId(typeof value === 'bigint' ? value.toString() : value);
  if (id === null)
    throw new InvalidArgument('paymentId must be the number that the gateway gave, up to 53 bits');
  return id;
}
