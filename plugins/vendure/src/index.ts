// What a shop's configuration, migrations and listeners use.

export { UsdtAttentionEvent } from './attention.event';
export { usdtEligibility, usdtHandler } from './handler';
export type { ProjectOptions, UsdtCheckoutOptions } from './options';
export { UsdtPayment, UsdtPaymentState } from './payment.entity';
export { UsdtCheckoutPlugin } from './plugin';
export { removeUsdtCheckout } from './uninstall';
export { VERSION } from './version';
