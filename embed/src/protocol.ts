// What a checkout and the shop's page around it tell each other, written once for both ends.
//
// Shops pin their end by its version, while the gateway's end is always new: names may be added,
// but none changed or dropped.

import type { Detail, Stage, Status } from '../npm/src/index';

/** The element's name. It marks the messages, and begins the names of events. */
export const TAG = 'usdt-checkout';
/** The version of the messages. */
const PROTOCOL = 1;

const STATUSES: readonly Status[] = ['pending', 'paid', 'expired', 'failed'];
const WORDS = ['title', 'lang', 'dir', 'theme', 'close', 'ask', 'keep'] as const;
/** The card's data attributes that are told. */
export const FACTS = ['stage', 'status', 'confirmations', 'required', 'txid'] as const;

/** What a shop's page asks of the checkout. */
export type Wish =
  /** To tell everything. */
  | 'hello'
  /** Not to lead the payer on. */
  | 'stay';

/** Words in the payer's language, and how they are written and shown. */
export type Words = Record<(typeof WORDS)[number], string>;

/** What the payer sees, as the card says it. */
type Facts = Partial<Record<(typeof FACTS)[number], string>>;

/** What a checkout tells. */
export type Message =
  | ({ type: 'state' } & Facts)
  | { type: 'size'; height: number }
  | ({ type: 'words' } & Partial<Words>)
  /** The payer wants it closed. */
  | { type: 'close' }
  /** The payer is to be led to the shop. */
  | { type: 'leave' };

/** What the payer sees, once it is parsed. */
export type State = Omit<Detail, 'paymentId'>;

/** Takes what is told, once it is parsed. */
export interface Listener {
  state(now: State): void;
  leave(): void;
  size?(height: number): void;
  words?(words: Words): void;
  close?(): void;
}

/** Which payment is shown, and how. Language and theme may be empty. */
export type Shown = Record<'id' | 'lang' | 'theme', string>;

/** A checkout that is shown. */
export interface Checkout {
  post(wish: Wish): void;
  stop(): void;
}

/** What the module for a shop's own document offers. */
export interface InPage {
  /** `tell` also hears of a program that has `broken` and cannot go on. */
  mount(
    place: ParentNode,
    shown: Shown,
    tell: (message: Message | { type: 'broken' }) => void,
  ): Promise<Checkout>;
}

/** A message or a wish for the other window. */
export const marked = (message: Message | { type: Wish }) => ({ [TAG]: PROTOCOL, ...message });

/** Values of names that anybody may have made up. */
export type Fields = { readonly [name: string]: unknown };

/** Whether what another window has sent is of this protocol. */
export const isMarked = (data: unknown): data is Fields =>
  (data as Fields | null | undefined)?.[TAG] === PROTOCOL;

const text = (value: unknown) => (typeof value === 'string' ? value : '');

const matching = (pattern: RegExp, value: unknown) => pattern.exec(text(value))?.[0];

/** Hands on what is told, if it is known here. */
export const hear = (fields: Fields, listener: Listener) => {
  const { type, height } = fields;
  switch (type) {
    case 'state': {
      // By its form, since a newer page may have more of them. While it loads, nothing is known.
      const stage = matching(/^(?!loading$)[a-z]+$/, fields.stage);
      const status = STATUSES.find((each) => each === fields.status);
      if (!stage) return;
      return listener.state({
        stage: stage as Stage,
        status,
        // Without a status there is no payment that could have any.
        confirmations: status && +text(fields.confirmations) | 0,
        requiredConfirmations: status && +text(fields.required) | 0,
        txid: matching(/^[\da-f]{64}$/, fields.txid),
      });
    }
    case 'size':
      if (typeof height === 'number') listener.size?.(height);
      return;
    case 'words':
      return listener.words?.(
        Object.fromEntries(WORDS.map((name) => [name, text(fields[name])])) as Words,
      );
    case 'close':
    case 'leave':
      return listener[type]?.();
  }
};
