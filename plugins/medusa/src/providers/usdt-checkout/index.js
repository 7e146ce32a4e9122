// The payment provider, for the options of Medusa's payment module.

const { ModuleProvider, Modules } = require('@medusajs/framework/utils');

const { UsdtCheckoutProvider } = require('./provider');

module.exports = { default: ModuleProvider(Modules.PAYMENT, { services: [UsdtCheckoutProvider] }) };
