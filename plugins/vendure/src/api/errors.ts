// Why an order has no payment, for the payer.

import { ErrorResult } from '@vendure/core';

export type Reason = 'NO_ORDER' | 'NOT_WAITING' | 'NOT_OFFERED' | 'NOT_NOW';

/** Vendure translates a result's message by its key; a shop can add its own languages. */
export const ENGLISH = {
  errorResult: {
    USDT_NO_ORDER: 'There is no active order',
    USDT_NOT_WAITING: 'The order waits for no payment',
    USDT_NOT_OFFERED: 'The order cannot be paid this way',
    USDT_NOT_NOW: 'Paying with USDT is not possible right now',
  },
} satisfies { errorResult: Record<`USDT_${Reason}`, string> };

export class UsdtPaymentError extends ErrorResult {
  override readonly __typename = 'UsdtPaymentError';
  override readonly errorCode = 'USDT_PAYMENT_ERROR';
  override readonly message: string;

  constructor(readonly reason: Reason) {
    super();
    this.message = `USDT_${reason}`;
  }
}
