// Tells whoever listens, such as a mail's handler, that a payment needs a person.

import { type RequestContext, VendureEvent } from '@vendure/core';

import type { UsdtPayment } from './payment.entity';

export class UsdtAttentionEvent extends VendureEvent {
  constructor(
    public ctx: RequestContext,
    public payment: UsdtPayment,
    public reason: string,
  ) {
    super();
  }
}
