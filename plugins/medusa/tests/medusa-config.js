// A shop as a merchant would set it up, without the dashboard.

const { defineConfig } = require('@medusajs/framework/utils');

const { GATEWAY, API_KEY, API_SECRET, BACKEND_URL, DATABASE_URL, LATE_POLICY, TOLERANCE } = process.env;

const usdt = {
  gatewayUrl: GATEWAY,
  apiKey: API_KEY,
  apiSecret: API_SECRET,
  backendUrl: BACKEND_URL,
  returnUrl: 'http://127.0.0.1:8000/checkout/return',
  latePolicy: LATE_POLICY,
  tolerance: TOLERANCE,
};

module.exports = defineConfig({
  projectConfig: {
    databaseUrl: DATABASE_URL,
    http: { storeCors: '', adminCors: '', authCors: '', jwtSecret: 'jwt', cookieSecret: 'cookie' },
  },
  admin: { disable: true },
  plugins: [{ resolve: 'usdt-checkout-medusa', options: usdt }],
  modules: [
    {
      resolve: '@medusajs/medusa/payment',
      options: {
        providers: [{ resolve: 'usdt-checkout-medusa/providers/usdt-checkout', id: 'usdt', options: usdt }],
      },
    },
  ],
});
