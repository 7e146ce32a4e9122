// An element from what a shop asks for: in a call, on a link or on a script.

import type { CheckoutEventMap, Options } from '../../npm/src/index';
import { TAG } from '../protocol';
import { make } from './make';

/** All that changes what is shown. */
export const ATTRIBUTES = ['payment-id', 'mode', 'lang', 'theme', 'isolation'] as const;

type NameIn<Key> = Key extends `${typeof TAG}:${infer Name}` ? Name : never;
export type EventName = NameIn<keyof CheckoutEventMap>;

const EVENTS: readonly EventName[] = [
  'ready',
  'status',
  'seen',
  'paid',
  'expired',
  'failed',
  'closed',
  'error',
];

/** Options as shops give them: not all of them are of the types that they should be. */
type Given = Partial<Options> | DOMStringMap;

export const create = (given: Given) => {
  const options = given as Record<string, string | undefined>;
  const element = make(TAG);
  for (const name of [...ATTRIBUTES, 'leave']) {
    if (options[name]) element.setAttribute(name, options[name]);
  }
  element.setAttribute('payment-id', options.paymentId!);
  for (const name of EVENTS) {
    const listener = options[`on${name[0]!.toUpperCase()}${name.slice(1)}`];
    if (listener) element.addEventListener(`${TAG}:${name}`, listener as unknown as EventListener);
  }
  return element;
};
