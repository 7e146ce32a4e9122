// Names that several files share.

export const OPTIONS = Symbol('USDT_CHECKOUT_OPTIONS');
export const LOG = 'UsdtCheckout';
export const HANDLER = 'usdt-checkout';
export const TASK = 'usdt-checkout-reconcile';
export const PAYMENT_TABLE = 'usdt_checkout_payment';
export const SHOP_TABLE = 'usdt_checkout_shop';
