// What an order costs, as decimal text.

import { Injectable } from '@nestjs/common';
import { ConfigService, type Order, totalCoveredByPayments } from '@vendure/core';
import { compareAmounts } from 'usdt-client';

import { decimal } from './money';
import type { UsdtPayment } from './payment.entity';

@Injectable()
export class OrderPrices {
  constructor(private readonly config: ConfigService) {}

  /** What is still to be paid of an order whose payments are loaded. */
  due(order: Order): string {
    const { precision = 2 } = this.config.entityOptions.moneyStrategy ?? {};
    return decimal(Math.max(0, order.totalWithTax - totalCoveredByPayments(order)), precision);
  }

  /** Whether the order still costs what the payment was made for. */
  isStill(row: UsdtPayment, order: Order): boolean {
    return (
      order.currencyCode === row.priceCurrency &&
      compareAmounts(this.due(order), row.priceAmount) === 0
    );
  }
}
