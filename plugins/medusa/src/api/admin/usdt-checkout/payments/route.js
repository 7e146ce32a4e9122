// The shop's payments in USDT, the latest first; `?state=attention` for those that need a person.

const { MODULE } = require('../../../../core/module');

const MOST = 100;

async function GET(req, res) {
  const { payments } = req.scope.resolve(MODULE);
  const { state, limit, offset } = req.query;
  const rows = await payments.list({
    state: typeof state === 'string' ? state : undefined,
    limit: Math.min(whole(limit) ?? MOST, MOST),
    offset: whole(offset) ?? 0,
  });
  res.json({ payments: rows });
}

function whole(text) {
  return typeof text === 'string' && /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

module.exports = { GET };
