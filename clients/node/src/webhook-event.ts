// An event that a webhook brought, once its signature is right.

import { type Difference, type Expected, differences } from './comparison.js';
import { Fields, type JsonObject, Malformed } from './fields.js';

/** The types that are known; another one may come with a later gateway. */
export type EventType =
  | 'payment.paid'
  | 'payment.expired'
  | 'payment.review'
  | 'payment.seen'
  | 'test'
  | 'unknown'
  | (string & {});

/** A transfer that an event tells of. It has not paid. */
export interface EventTransfer {
  txid: string;
  amount: string;
  from: string | null;
  address: string | null;
}

/** What is `null` was not told, or has another form than it must have. */
export class WebhookEvent {
  /** `unknown` where the body has neither the published form nor a type. */
  readonly type: EventType;
  /** The only thing to deliver for. */
  readonly isPaid: boolean;
  readonly appId: number | null;
  readonly paymentId: string | null;
  readonly orderId: string | null;
  /** What you asked for. */
  readonly amount: string | null;
  readonly payAmount: string | null;
  readonly currency: string | null;
  readonly network: string | null;
  readonly txid: string | null;
  readonly paidAt: Date | null;
  /** Paid after its window: prices or stock may have changed. */
  readonly late: boolean;
  /** What arrived, where somebody accepted another amount. */
  readonly receivedAmount: string | null;
  /** When the gateway found it. */
  readonly at: Date | null;
  readonly expiresAt: Date | null;
  readonly reviewId: string | null;
  readonly reason: string | null;
  readonly transfer: EventTransfer | null;
  readonly metadata: Record<string, string> | null;
  /** All that came, also what this version does not know. */
  readonly raw: JsonObject;

  /** @internal */
  constructor(raw: JsonObject) {
    const fields = new Fields(raw);
    this.raw = raw;
    this.type = typeOf(raw);
    this.appId = lenient(() => fields.optionalInteger('app_id'));
    this.paymentId = lenient(() => fields.optionalPaymentId());
    this.orderId = lenient(() => fields.optionalText('order_id'));
    this.amount = lenient(() => fields.optionalDecimal('amount'));
    this.payAmount = lenient(() => fields.optionalDecimal('pay_amount'));
    this.currency = lenient(() => fields.optionalText('currency'));
    this.network = lenient(() => fields.optionalText('network'));
    this.txid = lenient(() => fields.optionalText('txid'));
    this.paidAt = lenient(() => fields.optionalDate('paid_at'));
    this.late = lenient(() => fields.flag('late')) ?? false;
    this.receivedAmount = lenient(() => fields.optionalDecimal('received_amount'));
    this.at = lenient(() => fields.optionalDate('at'));
    this.expiresAt = lenient(() => fields.optionalDate('expires_at'));
    this.reviewId = lenient(() => fields.optionalText('review_id'));
    this.reason = lenient(() => fields.optionalText('reason'));
    this.transfer = lenient(() => transfer(fields.optionalObject('transfer')));
    this.metadata = lenient(() => fields.optionalTexts('metadata'));
    this.isPaid =
      this.type === 'payment.paid' &&
      raw['status'] === 'paid' &&
      this.paymentId !== null &&
      this.orderId !== null &&
      this.amount !== null;
  }

  /** Whether it tells of the payment that you have stored: order, amount, ID, currency and network. */
  matches(expected: Expected): boolean {
    return this.differences(expected).length === 0;
  }

  /** The fields in which it differs from what you have stored. */
  differences(expected: Expected): Difference[] {
    return differences(this, expected);
  }
}

/** An event that says that a payment is paid. */
export type PaidEvent = WebhookEvent & {
  readonly isPaid: true;
  readonly type: 'payment.paid';
  readonly paymentId: string;
  readonly orderId: string;
  readonly amount: string;
};

/** An event for which nothing is delivered. */
export type OtherEvent = WebhookEvent & { readonly isPaid: false };

export function parseEvent(raw: JsonObject): PaidEvent | OtherEvent {
  return new WebhookEvent(raw) as PaidEvent | OtherEvent;
}

function typeOf(raw: JsonObject): EventType {
  if (!Object.hasOwn(raw, 'type')) return raw['status'] === 'paid' ? 'payment.paid' : 'unknown';
  const { type } = raw;
  return typeof type === 'string' && type !== '' ? type : 'unknown';
}

function transfer(fields: Fields | null): EventTransfer | null {
  return (
    fields && {
      txid: fields.text('txid'),
      amount: fields.decimal('amount'),
      from: fields.optionalText('from'),
      address: fields.optionalText('address'),
    }
  );
}

function lenient<T>(read: () => T | null): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}
