// What a merchant's server can ask and do, the same on every platform.

import { readParts, unexpected } from './answer.js';
import { compareAmounts, requireDecimal } from './amount.js';
import { type Call, Caller, type Query, segment } from './caller.js';
import { requirePaymentId } from './comparison.js';
import { InvalidArgument, UsdtError } from './errors.js';
import type { Fields, JsonObject } from './fields.js';
import { parseGateway } from './gateway-url.js';
import { Hidden } from './hidden.js';
import { Payment } from './payment.js';
import {
  type Project,
  type RetrievedPayment,
  type Review,
  type StoredEvent,
  type WebhookTest,
  type WholeEvent,
  project,
  retrieved,
  review,
  storedEvent,
  webhookTest,
  wholeEvent,
} from './project.js';
import { type Clock, type Platform, SYSTEM_CLOCK, type Transport } from './transport.js';

/** The most seconds for which the gateway holds an answer. */
const MOST_WAIT = 25;
/** After an answer that came at once without news: the gateway holds no more of them. */
const PAUSE_SECONDS = 5;

export interface ClientOptions {
  /** Until the connection stands, in milliseconds: 5000. */
  connectTimeout?: number;
  /** Of each attempt until the whole answer is there, in milliseconds: 15000. */
  timeout?: number;
  /** Your program's name for the gateway's log, such as `plugin/2.1`. */
  userAgent?: string;
  /** Another way to reach the gateway. */
  transport?: Transport;
  /** What verifies webhooks, while a secret is changed or where it is another key's: else the API secret. */
  webhookSecrets?: string | readonly string[];
  /** Time, for tests. */
  clock?: Clock;
}

export type PaymentIdLike = string | number | bigint;

interface OrderFields {
  /** It never comes again: `<shop>-<order>-<attempt>`. */
  orderId: string;
  description?: string | undefined;
  metadata?: Record<string, string> | undefined;
  successUrl?: string | undefined;
  failUrl?: string | undefined;
}

/** What to create: with an amount in USDT, or with a price in another currency. */
export type NewPayment = OrderFields &
  (
    | { amount: string; priceAmount?: undefined; priceCurrency?: undefined }
    | { amount?: undefined; priceAmount: string; priceCurrency: string }
  );

/** Who changes something, and why. */
export interface Reason {
  by?: string;
  note?: string;
}

export interface Repeatable {
  /** A name for this one request: with it the call is repeated where no answer came, and done once. */
  idempotencyKey?: string;
}

export interface ProjectChanges extends Reason {
  webhookUrl?: string | null;
  events?: ('payment.expired' | 'payment.review' | 'payment.seen')[];
  furtherRetries?: boolean;
}

export interface PaymentFilters {
  status?: 'pending' | 'paid' | 'expired' | 'failed';
  orderId?: string;
  createdFrom?: Date | string;
  createdTo?: Date | string;
  txid?: string;
  amount?: string;
  /** Rows of each page, 1 to 100. All pages come whatever it is. */
  limit?: number;
}

export interface EventFilters {
  type?: string;
  state?: 'pending' | 'delivered' | 'failed' | 'no_url';
  paymentId?: PaymentIdLike;
  createdFrom?: Date | string;
  createdTo?: Date | string;
  limit?: number;
}

export interface Acceptance {
  paymentId: PaymentIdLike;
  by: string;
  note: string;
  /** Other reviews whose transfers count with it. */
  with?: string[];
  anyway?: boolean;
}

export interface TestPay {
  case: 'exact' | 'less' | 'more' | 'twice' | 'late' | 'failing' | (string & {});
  amount?: string;
  confirm?: boolean;
}

/** What a test of the connection finds. */
export interface Ping {
  /** Whether the gateway knows key and signature. */
  ok: boolean;
  mode: Project['mode'] | null;
  missing: Project['missing'];
  /** By how many seconds this machine is ahead of the gateway. */
  clockDifference: number | null;
  project: Project | null;
  /** Why it is not `ok`. */
  error: UsdtError | null;
}

export abstract class BaseClient extends Hidden {
  readonly #caller: Caller;
  readonly #gateway: string;

  protected constructor(
    platform: Platform,
    gateway: string,
    apiKey: string,
    apiSecret: string,
    options: ClientOptions,
  ) {
    super();
    const { connectTimeout = 5_000, timeout = 15_000, clock = SYSTEM_CLOCK } = options;
    const { userAgent, transport = platform.transport } = options;
    this.#gateway = parseGateway(gateway, String(apiKey));
    const settings = {
      origin: this.#gateway,
      apiKey,
      apiSecret,
      userAgent,
      connectTimeout,
      timeout,
      clock,
    };
    this.#caller = new Caller({ ...platform, transport }, settings);
  }

  /**
   * Creates a payment, or returns the one that the order has. Store its `paymentId` with the order and redirect the
   * payer to its `paymentUrl`. A repeat makes no second payment.
   */
  async createPayment(payment: NewPayment, { idempotencyKey }: Repeatable = {}): Promise<Payment> {
    const body = newPayment(payment);
    const call = { body, idempotencyKey: idempotencyKey ?? this.#caller.randomId() };
    const created = await this.#payment('POST', '/api/create-payment.php', call);
    const isAsked =
      created.orderId === payment.orderId &&
      (payment.amount === undefined || compareAmounts(created.amount, payment.amount) === 0);
    if (!isAsked) throw unexpected('it is of another order or amount');
    return created;
  }

  /** How a payment stands. */
  async getPayment(paymentId: PaymentIdLike): Promise<Payment> {
    return this.#status(requirePaymentId(paymentId));
  }

  /** The order's payment that is pending or paid, or else its latest. */
  async getPaymentByOrder(orderId: string): Promise<Payment> {
    if (typeof orderId !== 'string' || orderId === '')
      throw new InvalidArgument('orderId is required');
    const payment = await this.#payment('GET', '/api/payment-status.php', {
      query: { order_id: orderId },
    });
    if (payment.orderId !== orderId) throw unexpected('it is of another order');
    return payment;
  }

  /**
   * The payment once it has changed, or as it was after so many seconds, at most 25.
   */
  async waitForChange(payment: Payment, seconds = MOST_WAIT): Promise<Payment> {
    if (!Number.isInteger(seconds) || seconds < 0 || seconds > MOST_WAIT) {
      throw new InvalidArgument(`seconds must be a whole number from 0 to ${MOST_WAIT}`);
    }
    const { clock } = this.#caller;
    const end = clock.now() + seconds * 1000;
    const changed = await this.#status(
      payment.paymentId,
      { wait: seconds, v: payment.version },
      seconds * 1000,
    );
    const left = Math.min(end - clock.now(), PAUSE_SECONDS * 1000);
    if (changed.version === payment.version && left > 0) await clock.sleep(left);
    return changed;
  }

  /** A payment and what has become of it, step by step. */
  async retrieve(paymentId: PaymentIdLike): Promise<RetrievedPayment> {
    return this.#read('GET', `/api/v1/payments/${requirePaymentId(paymentId)}`, {}, retrieved);
  }

  /** All payments that fit, the newest first, page by page as they are asked for. */
  listPayments(filters: PaymentFilters = {}): AsyncGenerator<Payment, void, undefined> {
    const { status, orderId, createdFrom, createdTo, txid, amount, limit } = filters;
    const query = {
      status,
      order_id: orderId,
      created_from: time(createdFrom),
      created_to: time(createdTo),
      txid,
      amount: amount === undefined ? undefined : requireDecimal(amount, 'amount'),
      limit,
    };
    return this.#pages('/api/v1/payments', query, 'payments', (fields) => new Payment(fields));
  }

  /** Gives up a payment that is pending and for which no money was seen. */
  async cancelPayment(
    paymentId: PaymentIdLike,
    { by, note, idempotencyKey }: Reason & Repeatable = {},
  ): Promise<RetrievedPayment> {
    const id = requirePaymentId(paymentId);
    const body = { payment_id: Number(id), by, note };
    return this.#read('POST', `/api/v1/payments/${id}/cancel`, { body, idempotencyKey }, retrieved);
  }

  /** How the project is set up and stands. */
  async project(): Promise<Project> {
    return this.#read('GET', '/api/v1/project', {}, (fields) => project(fields.object('project')));
  }

  async updateProject(
    changes: ProjectChanges,
    { idempotencyKey }: Repeatable = {},
  ): Promise<Project> {
    const { webhookUrl, events, furtherRetries, by, note } = changes;
    const body = { webhook_url: webhookUrl, events, further_retries: furtherRetries, by, note };
    const read = (fields: Fields) => project(fields.object('project'));
    return this.#read('PATCH', '/api/v1/project', { body, idempotencyKey }, read);
  }

  /** For a button "Test connection": it rejects only where it is called wrongly. */
  async ping(): Promise<Ping> {
    const { clock } = this.#caller;
    const start = clock.now();
    try {
      const found = await this.project();
      const middle = (start + clock.now()) / 2;
      return {
        ok: true,
        mode: found.mode,
        missing: found.missing,
        clockDifference: Math.round((middle - found.serverTime.getTime()) / 1000),
        project: found,
        error: null,
      };
    } catch (error) {
      if (!(error instanceof UsdtError)) throw error;
      return { ok: false, mode: null, missing: [], clockDifference: null, project: null, error };
    }
  }

  /** All webhook events that fit, page by page as they are asked for. */
  listEvents(filters: EventFilters = {}): AsyncGenerator<StoredEvent, void, undefined> {
    const { type, state, paymentId, createdFrom, createdTo, limit } = filters;
    const query = {
      type,
      state,
      payment_id: paymentId === undefined ? undefined : requirePaymentId(paymentId),
      created_from: time(createdFrom),
      created_to: time(createdTo),
      limit,
    };
    return this.#pages('/api/v1/events', query, 'events', storedEvent);
  }

  /** An event with its bytes and each attempt. */
  async getEvent(eventId: string): Promise<WholeEvent> {
    const path = `/api/v1/events/${segment(eventId, 'eventId')}`;
    return this.#read('GET', path, {}, (fields) => wholeEvent(fields.object('event')));
  }

  /** Sends an event again, now. */
  async resendEvent(
    eventId: string,
    { by, note, idempotencyKey }: Reason & Repeatable = {},
  ): Promise<WholeEvent> {
    const path = `/api/v1/events/${segment(eventId, 'eventId')}/resend`;
    const body = { event_id: eventId, by, note };
    const read = (fields: Fields) => wholeEvent(fields.object('event'));
    return this.#read('POST', path, { body, idempotencyKey }, read);
  }

  /** All transfers in review, the oldest first, page by page as they are asked for. */
  listReviews({ limit }: { limit?: number } = {}): AsyncGenerator<Review, void, undefined> {
    return this.#pages('/api/v1/reviews', { limit }, 'reviews', review);
  }

  /** Takes a transfer for a payment. It cannot be undone. */
  async acceptReview(
    reviewId: string,
    acceptance: Acceptance,
    { idempotencyKey }: Repeatable = {},
  ): Promise<{ result: 'paid' | 'added' | (string & {}); payment: Payment }> {
    const path = `/api/v1/reviews/${segment(reviewId, 'reviewId')}/accept`;
    const { paymentId, by, note, with: others, anyway } = acceptance;
    const body = {
      review_id: reviewId,
      payment_id: Number(requirePaymentId(paymentId)),
      by,
      note,
      with: others,
      anyway,
    };
    return this.#read('POST', path, { body, idempotencyKey }, (fields) => ({
      result: fields.text('result'),
      payment: new Payment(fields.object('payment')),
    }));
  }

  /** Takes a transfer out of the list as nobody's payment. */
  async dismissReview(
    reviewId: string,
    { by, note }: Required<Reason>,
    { idempotencyKey }: Repeatable = {},
  ): Promise<Review> {
    const path = `/api/v1/reviews/${segment(reviewId, 'reviewId')}/dismiss`;
    const body = { review_id: reviewId, by, note };
    const read = (fields: Fields) => review(fields.object('review'));
    return this.#read('POST', path, { body, idempotencyKey }, read);
  }

  /** Sends the receiver a signed test, and says what came back. */
  async sendTestWebhook(): Promise<WebhookTest> {
    const read = (fields: Fields) => webhookTest(fields.object('test'));
    return this.#read('POST', '/api/v1/webhook-test', {}, read);
  }

  /** Of a test project: pays a payment on the simulated chain. */
  async testPay(
    paymentId: PaymentIdLike,
    pay: TestPay = { case: 'exact' },
    { idempotencyKey }: Repeatable = {},
  ): Promise<{ txids: string[]; amount: string }> {
    const amount = pay.amount === undefined ? undefined : requireDecimal(pay.amount, 'amount');
    const body = { payment_id: Number(requirePaymentId(paymentId)), ...pay, amount };
    return this.#read('POST', '/api/v1/test/pay', { body, idempotencyKey }, (fields) => ({
      txids: fields.texts('txids'),
      amount: fields.decimal('amount'),
    }));
  }

  /** Of a test project: lets time pass on the simulated chain. */
  async testTime(
    seconds: number,
    { idempotencyKey }: Repeatable = {},
  ): Promise<{ blocks: number }> {
    const read = (fields: Fields) => ({ blocks: fields.integer('blocks') });
    return this.#read('POST', '/api/v1/test/time', { body: { seconds }, idempotencyKey }, read);
  }

  /** Any signed call, for what this version does not know. */
  async request(
    method: string,
    path: string,
    { query, body, idempotencyKey }: { query?: Query; body?: object } & Repeatable = {},
  ): Promise<JsonObject> {
    return this.#caller.call(method, path, {
      ...(query && { query }),
      ...(body && { body }),
      idempotencyKey,
    });
  }

  toJSON(): Record<string, unknown> {
    return { gateway: this.#gateway };
  }

  async #status(paymentId: string, more: Query = {}, hold = 0): Promise<Payment> {
    const query = { payment_id: paymentId, ...more };
    const payment = await this.#payment('GET', '/api/payment-status.php', { query, hold });
    if (payment.paymentId !== paymentId) throw unexpected('it is of another payment');
    return payment;
  }

  #payment(method: string, path: string, call: Call): Promise<Payment> {
    return this.#read(method, path, call, (fields) => new Payment(fields.object('payment')));
  }

  async #read<T>(
    method: string,
    path: string,
    call: Call,
    read: (fields: Fields) => T,
  ): Promise<T> {
    return readParts(await this.#caller.call(method, path, call), read);
  }

  async *#pages<T>(
    path: string,
    query: Query,
    name: string,
    read: (fields: Fields) => T,
  ): AsyncGenerator<T, void, undefined> {
    let cursor: string | null = null;
    do {
      const page: { rows: T[]; next: string | null } = await this.#read(
        'GET',
        path,
        { query: { ...query, cursor } },
        (fields) => ({
          rows: fields.objects(name).map(read),
          next: fields.optionalText('next_cursor'),
        }),
      );
      yield* page.rows;
      if (page.next !== null && page.next === cursor)
        throw unexpected('its next page is the same page');
      cursor = page.next;
    } while (cursor !== null);
  }
}

const NEW_PAYMENT: Record<string, string> = {
  orderId: 'order_id',
  amount: 'amount',
  priceAmount: 'price_amount',
  priceCurrency: 'price_currency',
  description: 'description',
  metadata: 'metadata',
  successUrl: 'success_url',
  failUrl: 'fail_url',
};

function newPayment(payment: NewPayment): Record<string, unknown> {
  if (typeof payment?.orderId !== 'string' || payment.orderId === '') {
    throw new InvalidArgument('orderId must be a string');
  }
  if (payment.priceAmount === undefined) requireDecimal(payment.amount, 'amount');
  else requireDecimal(payment.priceAmount, 'priceAmount');
  if (payment.amount !== undefined && payment.priceAmount !== undefined) {
    throw new InvalidArgument('give amount, or priceAmount with priceCurrency');
  }
  const body: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(payment)) {
    const onTheWire = Object.hasOwn(NEW_PAYMENT, name) ? NEW_PAYMENT[name] : undefined;
    if (onTheWire === undefined) throw new InvalidArgument(`a payment has no field ${name}`);
    if (value !== undefined) body[onTheWire] = value;
  }
  return body;
}

function time(value: Date | string | undefined): string | undefined {
  if (!(value instanceof Date)) return value;
  if (Number.isNaN(value.getTime())) throw new InvalidArgument('a time is no valid date');
  return value.toISOString().replace(/\.\d+Z$/, 'Z');
}
