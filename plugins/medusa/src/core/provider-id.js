// How Medusa names the payment provider: `pp_<identifier>_<id>`, where the merchant chooses the `id`.

const IDENTIFIER = 'usdt-checkout';

const isOurs = (providerId) => `${providerId}_`.startsWith(`pp_${IDENTIFIER}_`);

module.exports = { IDENTIFIER, isOurs };
