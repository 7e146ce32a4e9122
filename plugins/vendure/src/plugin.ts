// Takes USDT on TRON in a Vendure shop.

import type { OnApplicationBootstrap } from '@nestjs/common';
import {
  I18nService,
  PluginCommonModule,
  type RuntimeVendureConfig,
  type Type,
  VendurePlugin,
} from '@vendure/core';

import { AdminResolver } from './api/admin.resolver';
import { ENGLISH } from './api/errors';
import { adminSchema, shopSchema } from './api/schema';
import { CreateUsdtPaymentResultResolver, ShopResolver } from './api/shop.resolver';
import { Booking } from './booking.service';
import { ConnectionTest } from './connection-test.service';
import { OPTIONS } from './constants';
import { usdtEligibility, usdtHandler } from './handler';
import { OrderChanges } from './order-changes';
import { OrderPrices } from './order-prices';
import { Projects, type UsdtCheckoutOptions } from './options';
import { Paying } from './paying.service';
import { UsdtPayment } from './payment.entity';
import { Payments } from './payments.service';
import { Reconciliation, reconciliationTask } from './reconciliation.service';
import { UsdtShop } from './shop.entity';
import { Shop } from './shop.service';
import { WEBHOOK_ROUTE, WebhookController, keepBytes } from './webhook.controller';

@VendurePlugin({
  imports: [PluginCommonModule],
  compatibility: '^3.7.0',
  entities: [UsdtPayment, UsdtShop],
  controllers: [WebhookController],
  providers: [
    { provide: OPTIONS, useFactory: () => UsdtCheckoutPlugin.options },
    Projects,
    Shop,
    Payments,
    OrderChanges,
    OrderPrices,
    Paying,
    Booking,
    Reconciliation,
    ConnectionTest,
  ],
  shopApiExtensions: {
    schema: shopSchema,
    resolvers: [ShopResolver, CreateUsdtPaymentResultResolver],
  },
  adminApiExtensions: { schema: adminSchema, resolvers: [AdminResolver] },
  configuration: configure,
})
export class UsdtCheckoutPlugin implements OnApplicationBootstrap {
  static options: UsdtCheckoutOptions;

  constructor(private readonly i18n: I18nService) {}

  static init(options: UsdtCheckoutOptions): Type<UsdtCheckoutPlugin> {
    this.options = options;
    return UsdtCheckoutPlugin;
  }

  onApplicationBootstrap(): void {
    this.i18n.addTranslation('en', ENGLISH);
  }
}

function configure(config: RuntimeVendureConfig): RuntimeVendureConfig {
  const { paymentOptions, schedulerOptions, apiOptions } = config;
  paymentOptions.paymentMethodHandlers.push(usdtHandler);
  paymentOptions.paymentMethodEligibilityCheckers = [
    ...(paymentOptions.paymentMethodEligibilityCheckers ?? []),
    usdtEligibility,
  ];
  schedulerOptions.tasks = [...(schedulerOptions.tasks ?? []), reconciliationTask];
  apiOptions.middleware.push({ route: WEBHOOK_ROUTE, handler: keepBytes, beforeListen: true });
  return config;
}
