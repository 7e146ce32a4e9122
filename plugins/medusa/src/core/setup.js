// The tests of the connection and of the webhook, for the merchant. Each line says what is right, or what to do.

const { ApiError, UsdtError } = require('usdt-client');

const { currenciesOfRegions } = require('./carts');

/** Seconds by which the clocks may differ: webhooks are refused from there on. */
const MOST_CLOCK_DIFFERENCE = 300;

async function testConnection(checkout, container) {
  const client = checkout.client();
  const { ok, project, clockDifference, missing, error } = await client.ping();
  if (!ok) return answer([bad(explain(error))]);
  await keep(checkout, project);
  const lines = [good(`The gateway knows you as ${project.name}.`)];
  if (project.mode === 'test') lines.push(good('This is a test project: it takes play money only.'));
  if (Math.abs(clockDifference) > MOST_CLOCK_DIFFERENCE)
    lines.push(bad(`The clock of this machine differs by ${clockDifference} seconds from the gateway's.`));
  const backend = new URL(checkout.options.backendUrl);
  if (/^(localhost|127\..*|\[::1\]|.*\.(local|test|localhost))$/.test(backend.hostname))
    lines.push(bad(`Webhooks of a gateway elsewhere cannot reach ${backend.hostname}.`));
  if (project.mode === 'live' && backend.protocol !== 'https:')
    lines.push(bad('backendUrl has no HTTPS: the gateway takes no real payments for it.'));
  for (const currency of await currenciesOfRegions(container)) {
    lines.push(
      (await checkout.currencies.isTaken(currency))
        ? good(`${currency} can be paid.`)
        : bad(`${currency} cannot be paid: payers in its regions do not see the method.`),
    );
  }
  return answer([...lines, ...missing.map(({ message }) => bad(message))]);
}

/** Tells the gateway where this shop takes webhooks, and has one sent. */
async function testWebhook(checkout) {
  const client = checkout.client();
  try {
    const { events } = await client.project();
    const project = await client.updateProject({
      webhookUrl: checkout.webhookUrl,
      events: [...new Set([...events, 'payment.expired'])],
      furtherRetries: true,
      by: 'medusa',
      note: 'set by the shop',
    });
    await keep(checkout, project);
    const test = await client.sendTestWebhook();
    if (test.delivered)
      return answer([good(`Webhooks reach this shop at ${test.webhookUrl} (${test.durationMs} ms).`)]);
    const lines = [bad(`The gateway did not reach ${test.webhookUrl}: ${test.error ?? test.httpStatus}`)];
    return answer(test.excerpt === null ? lines : [...lines, bad(test.excerpt)]);
  } catch (error) {
    if (!(error instanceof UsdtError)) throw error;
    return answer([bad(explain(error))]);
  }
}

async function keep({ settings, currencies }, { name, mode, webhookUrl, quarantineSeconds, priceCurrencies }) {
  await settings.put('project', { name, mode, webhookUrl, quarantineSeconds });
  await currencies.keep(priceCurrencies);
}

function explain(error) {
  return error instanceof ApiError && error.hint ? `${error.message} ${error.hint}` : error.message;
}

const good = (text) => ({ ok: true, text });
const bad = (text) => ({ ok: false, text });

function answer(lines) {
  return { ok: lines.every(({ ok }) => ok), lines };
}

module.exports = { testConnection, testWebhook };
