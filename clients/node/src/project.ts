// What the gateway tells of a project, its events and its transfers in review.

import type { Fields, JsonObject } from './fields.js';
import { Payment } from './payment.js';

/** One attempt to deliver an event. */
export interface Attempt {
  number: number;
  at: Date;
  durationMs: number;
  delivered: boolean;
  httpStatus: number | null;
  error: string | null;
  excerpt: string | null;
}

export interface Project {
  appId: number;
  name: string;
  mode: 'test' | 'live' | (string & {});
  currency: string;
  network: string;
  /** The currencies in which a payment may be priced besides USDT. */
  priceCurrencies: string[];
  webhookUrl: string | null;
  events: string[];
  furtherRetries: boolean;
  windowSeconds: number;
  quarantineSeconds: number;
  latePolicy: string;
  /** What is missing before it goes live, the gravest first. */
  missing: { code: string; message: string }[];
  serverTime: Date;
  raw: JsonObject;
}

/** A webhook event, as the gateway keeps it. */
export interface StoredEvent {
  eventId: string;
  type: string;
  paymentId: string | null;
  state: 'pending' | 'delivered' | 'failed' | 'no_url' | (string & {});
  createdAt: Date;
  attempts: number;
  nextAttemptAt: Date | null;
  raw: JsonObject;
}

export interface WholeEvent extends StoredEvent {
  /** The exact bytes that every attempt sends. */
  body: string;
  deliveries: Attempt[];
}

/** A transfer that pays nothing by itself. */
export interface Review {
  reviewId: string;
  txid: string;
  amount: string;
  from: string;
  address: string;
  receivedAt: Date;
  recordedAt: Date;
  reason: string | null;
  state: string;
  paymentId: string | null;
  /** Guesses: ask the payer. */
  candidates: {
    paymentId: string;
    orderId: string;
    status: string;
    payAmount: string;
    why: string;
  }[];
  raw: JsonObject;
}

/** One step of a payment's timeline. */
export interface TimelineEntry {
  what: string;
  at: Date | null;
  raw: JsonObject;
}

export interface RetrievedPayment {
  payment: Payment;
  timeline: TimelineEntry[];
}

/** What the receiver answered to a test. */
export interface WebhookTest {
  delivered: boolean;
  webhookUrl: string;
  eventId: string;
  at: Date;
  durationMs: number;
  httpStatus: number | null;
  error: string | null;
  excerpt: string | null;
  body: string;
}

export function project(fields: Fields): Project {
  return {
    appId: fields.integer('app_id'),
    name: fields.text('name'),
    mode: fields.text('mode'),
    currency: fields.text('currency'),
    network: fields.text('network'),
    priceCurrencies: fields.texts('price_currencies'),
    webhookUrl: fields.optionalText('webhook_url'),
    events: fields.texts('events'),
    furtherRetries: fields.flag('further_retries'),
    windowSeconds: fields.integer('window_seconds'),
    quarantineSeconds: fields.integer('quarantine_seconds'),
    latePolicy: fields.text('late_policy'),
    missing: fields
      .objects('missing')
      .map((one) => ({ code: one.text('code'), message: one.text('message') })),
    serverTime: fields.date('server_time'),
    raw: fields.raw,
  };
}

export function storedEvent(fields: Fields): StoredEvent {
  return {
    eventId: fields.text('event_id'),
    type: fields.text('type'),
    paymentId: fields.optionalPaymentId(),
    state: fields.text('state'),
    createdAt: fields.date('created_at'),
    attempts: fields.integer('attempts'),
    nextAttemptAt: fields.optionalDate('next_attempt_at'),
    raw: fields.raw,
  };
}

export function wholeEvent(fields: Fields): WholeEvent {
  return {
    ...storedEvent(fields),
    body: fields.text('body'),
    deliveries: fields.objects('deliveries').map(attempt),
  };
}

export function review(fields: Fields): Review {
  return {
    reviewId: fields.text('review_id'),
    txid: fields.text('txid'),
    amount: fields.decimal('amount'),
    from: fields.text('from'),
    address: fields.text('address'),
    receivedAt: fields.date('received_at'),
    recordedAt: fields.date('recorded_at'),
    reason: fields.optionalText('reason'),
    state: fields.text('state'),
    paymentId: fields.optionalPaymentId(),
    candidates: fields.objects('candidates').map((one) => ({
      paymentId: one.paymentId(),
      orderId: one.text('order_id'),
      status: one.text('status'),
      payAmount: one.decimal('pay_amount'),
      why: one.text('why'),
    })),
    raw: fields.raw,
  };
}

export function retrieved(fields: Fields): RetrievedPayment {
  const entry = (one: Fields) => ({
    what: one.text('what'),
    at: one.optionalDate('at'),
    raw: one.raw,
  });
  return {
    payment: new Payment(fields.object('payment')),
    timeline: fields.objects('timeline').map(entry),
  };
}

export function webhookTest(fields: Fields): WebhookTest {
  return {
    delivered: fields.flag('delivered'),
    webhookUrl: fields.text('webhook_url'),
    eventId: fields.text('event_id'),
    at: fields.date('at'),
    durationMs: fields.integer('duration_ms'),
    httpStatus: fields.optionalInteger('http_status'),
    error: fields.optionalText('error'),
    excerpt: fields.optionalText('excerpt'),
    body: fields.text('body'),
  };
}

function attempt(fields: Fields): Attempt {
  return {
    number: fields.integer('number'),
    at: fields.date('at'),
    durationMs: fields.integer('duration_ms'),
    delivered: fields.flag('delivered'),
    httpStatus: fields.optionalInteger('http_status'),
    error: fields.optionalText('error'),
    excerpt: fields.optionalText('excerpt'),
  };
}
