// What the merchant sets in medusa-config: the same for the plugin and for its payment provider.

const { MedusaError } = require('@medusajs/framework/utils');
const { Client } = require('usdt-client');

const { version } = require('../../../../package.json');

const DECIMAL = /^[0-9]+(\.[0-9]+)?$/;
const LATE_POLICIES = ['complete', 'hold'];

/** Returns the options with their defaults, or throws an error that names the one that is wrong. */
function readOptions(options = {}) {
  const { gatewayUrl, apiKey, apiSecret, backendUrl, returnUrl } = options;
  const { tolerance = '0', latePolicy = 'complete' } = options;
  for (const [name, value] of Object.entries({ gatewayUrl, apiKey, apiSecret, backendUrl, returnUrl })) {
    if (typeof value !== 'string' || value === '') throw invalid(`${name} is missing`);
  }
  for (const [name, value] of Object.entries({ backendUrl, returnUrl })) {
    if (!/^https?:$/.test(URL.canParse(value) ? new URL(value).protocol : ''))
      throw invalid(`${name} must be an http or https address`);
  }
  if (typeof tolerance !== 'string' || !DECIMAL.test(tolerance))
    throw invalid('tolerance must be decimal text such as "0.50"');
  if (!LATE_POLICIES.includes(latePolicy)) throw invalid(`latePolicy must be ${LATE_POLICIES.join(' or ')}`);
  const read = { gatewayUrl, apiKey, apiSecret, backendUrl: backendUrl.replace(/\/+$/, ''), returnUrl };
  Object.assign(read, { tolerance, latePolicy });
  openClient(read);
  return read;
}

function openClient({ gatewayUrl, apiKey, apiSecret }, timeout = 15_000) {
  const userAgent = `usdt-checkout-medusa/${version}`;
  try {
    return new Client(gatewayUrl, apiKey, apiSecret, { timeout, userAgent });
  } catch (error) {
    throw invalid(error.message);
  }
}

function invalid(why) {
  return new MedusaError(MedusaError.Types.INVALID_ARGUMENT, `usdt-checkout-medusa: ${why}`);
}

module.exports = { openClient, readOptions };
