// A link to a payment, where the payment itself is not shown.

import { make } from './make';

/** What a payment is called before its words are known. */
export const TITLE = 'Pay with USDT';

export const payLink = (href: string, text = '') =>
  make('a', { part: 'link', href, textContent: text.trim() || TITLE });
