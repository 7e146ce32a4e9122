// A payment, as the gateway tells of it.

import { type Difference, type Expected, differences } from './comparison.js';
import type { Fields, JsonObject } from './fields.js';

/** `pending`, `paid`, `expired` or `failed`; another word may come with a later gateway. */
export type PaymentStatus = 'pending' | 'paid' | 'expired' | 'failed' | (string & {});

/** Money that has not paid: it waits for a decision, or is not final yet. */
export interface OtherMoney {
  amount: string;
  txid: string;
}

/** The price in another currency from which the amount was made. */
export interface Price {
  amount: string;
  currency: string;
  rate: string;
  marginPercent: string;
  ratedAt: Date;
}

/** What is `null` was not told. */
export class Payment {
  readonly paymentId: string;
  readonly orderId: string;
  readonly status: PaymentStatus;
  /** What you asked for. */
  readonly amount: string;
  /** What the payer must send. */
  readonly payAmount: string;
  readonly currency: string;
  readonly network: string;
  readonly address: string;
  /** Redirect the payer to it. */
  readonly paymentUrl: string;
  readonly expiresAt: Date;
  /** Seconds left by the gateway's clock. */
  readonly expiresIn: number;
  readonly serverTime: Date;
  readonly confirmations: number;
  readonly requiredConfirmations: number;
  readonly version: number;
  readonly description: string | null;
  readonly metadata: Record<string, string> | null;
  readonly successUrl: string | null;
  readonly failUrl: string | null;
  /** Seen, and not yet paid: only `isPaid` says that. */
  readonly txid: string | null;
  readonly receivedAmount: string | null;
  readonly paidAt: Date | null;
  readonly late: boolean;
  readonly unmatched: OtherMoney | null;
  readonly arriving: OtherMoney | null;
  /** Seconds by which the gateway reads the chain late. */
  readonly chainDelay: number | null;
  readonly price: Price | null;
  /** Only in lists and in the timeline's payment. */
  readonly createdAt: Date | null;
  /** All that came, also what this version does not know. */
  readonly raw: JsonObject;

  /** @internal */
  constructor(fields: Fields) {
    this.raw = fields.raw;
    this.paymentId = fields.paymentId();
    this.orderId = fields.text('order_id');
    this.status = fields.text('status');
    this.amount = fields.decimal('amount');
    this.payAmount = fields.decimal('pay_amount');
    this.currency = fields.text('currency');
    this.network = fields.text('network');
    this.address = fields.text('address');
    this.paymentUrl = fields.text('payment_url');
    this.expiresAt = fields.date('expires_at');
    this.expiresIn = fields.integer('expires_in');
    this.serverTime = fields.date('server_time');
    this.confirmations = fields.integer('confirmations');
    this.requiredConfirmations = fields.integer('required_confirmations');
    this.version = fields.integer('version');
    this.description = fields.optionalText('description');
    this.metadata = fields.optionalTexts('metadata');
    this.successUrl = fields.optionalText('success_url');
    this.failUrl = fields.optionalText('fail_url');
    this.txid = fields.optionalText('txid');
    this.receivedAmount = fields.optionalDecimal('received_amount');
    this.paidAt = fields.optionalDate('paid_at');
    this.late = fields.flag('late');
    this.unmatched = otherMoney(fields.optionalObject('unmatched'));
    this.arriving = otherMoney(fields.optionalObject('arriving'));
    this.chainDelay = fields.optionalInteger('chain_delay');
    this.price = price(fields.optionalObject('price'));
    this.createdAt = fields.optionalDate('created_at');
  }

  /** Whether its status is `paid`, and nothing else. */
  get isPaid(): boolean {
    return this.status === 'paid';
  }

  /** Whether it is the payment that you have stored: order, amount, ID, currency and network. */
  matches(expected: Expected): boolean {
    return this.differences(expected).length === 0;
  }

  /** The fields in which it differs from what you have stored. */
  differences(expected: Expected): Difference[] {
    return differences(this, expected);
  }
}

function otherMoney(fields: Fields | null): OtherMoney | null {
  return fields && { amount: fields.decimal('amount'), txid: fields.text('txid') };
}

function price(fields: Fields | null): Price | null {
  return (
    fields && {
      amount: fields.decimal('amount'),
      currency: fields.text('currency'),
      rate: fields.decimal('rate'),
      marginPercent: fields.text('margin_percent'),
      ratedAt: fields.date('rated_at'),
    }
  );
}
