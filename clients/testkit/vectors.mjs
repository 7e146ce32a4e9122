// Writes vectors.json: what every client must say, in any language. The signatures are made here with
// nothing but HMAC-SHA256, so that no client is compared with itself.

import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const SECRET = 'sk_your_api_secret';
const OLD = 'sk_old_secret';
const NEW = 'sk_new_secret';
const NOW = 1782929070;
const ID = 'evt_0f6d3c9e5b7a41d28c1e9a0b4f2d7e63';

const hmac = (secret, bytes) => createHmac('sha256', secret).update(bytes).digest();
const hex = (secret, bytes) => hmac(secret, bytes).toString('hex');

// Signatures

const BODIES = [
  ['empty', ''],
  ['the body of the reference', '{"order_id":"ORDER_12345","amount":"50.00"}'],
  ['UTF-8', '{"order_id":"Größe 7 – 注文 🛒","amount":"0.000001"}'],
  ['escapes and a final line break', '{"description":"a\\u00e9\\/\\"b\\""}\n'],
  ['a blank', ' '],
];
const SECRETS = [SECRET, 'sk_test_ü!"§$%&/()=?`\\ blank', 's', 'k'.repeat(65), '0'];

const signatures = [
  ...SECRETS.flatMap((secret) =>
    BODIES.map(([name, body]) => ({ name, secret, body, signature: hex(secret, body) })),
  ),
];

const queries = [
  ['one parameter', 'payment_id=6070472267431395'],
  ['a filter', 'status=paid&created_from=2026-07-01&limit=50'],
  ['an escaped order ID', 'order_id=shop1%2F1%20%2B%26%3D%C3%BC'],
].map(([name, query]) => ({ name, secret: SECRET, query, signature: hex(SECRET, query) }));

// Webhooks

const PAID_BODY =
  '{"payment_id":6070472267431395,"app_id":45,"order_id":"ORDER_12345","status":"paid","amount":"50.00","pay_amount":"50.054200","currency":"USDT","network":"TRC20","txid":"4f0c","paid_at":"2026-07-01 18:04:12"}';
const PAID = {
  type: 'payment.paid',
  is_paid: true,
  payment_id: '6070472267431395',
  order_id: 'ORDER_12345',
  amount: '50.00',
};
const altered = (changes) => JSON.stringify({ ...JSON.parse(PAID_BODY), ...changes });
const without = (name) => {
  const { [name]: _, ...rest } = JSON.parse(PAID_BODY);
  return JSON.stringify(rest);
};
const OTHER = {
  app_id: 45,
  at: '2026-07-01 18:05:10',
  payment_id: 6070472267431395,
  order_id: 'ORDER_12345',
  amount: '50.00',
  pay_amount: '50.054200',
  currency: 'USDT',
  network: 'TRC20',
};

/** `v1,…` of Standard Webhooks. */
const standard = (secret, body, { id = ID, timestamp = NOW } = {}) =>
  `v1,${hmac(secret, Buffer.concat([Buffer.from(`${id}.${timestamp}.`), Buffer.from(body)])).toString('base64')}`;

/** The headers that the gateway sends. */
const full = (secret, body, timestamp = NOW) => ({
  'Content-Type': 'application/json',
  'X-Signature': hex(secret, body),
  'webhook-id': ID,
  'webhook-timestamp': String(timestamp),
  'webhook-signature': standard(secret, body, { timestamp }),
});

const webhooks = [];
function webhook(name, fields) {
  const { secrets = [SECRET], body = PAID_BODY, headers, now = NOW, accepted, refused } = fields;
  const bytes = Buffer.from(body);
  const isText = bytes.equals(Buffer.from(bytes.toString('utf8')));
  webhooks.push({
    name,
    secrets,
    headers: headers ?? full(SECRET, body),
    ...(isText ? { body: bytes.toString('utf8') } : { body_base64: bytes.toString('base64') }),
    now,
    ...(accepted ? { accepted } : { refused }),
  });
}
const only = (signature) => ({ 'X-Signature': signature });
const signed = (name, body, accepted) =>
  webhook(name, { body, headers: only(hex(SECRET, body)), accepted });

webhook('as the gateway sends it', { accepted: PAID });
webhook('X-Signature alone', { headers: only(hex(SECRET, PAID_BODY)), accepted: PAID });
webhook('X-Signature in upper case', {
  headers: only(hex(SECRET, PAID_BODY).toUpperCase()),
  accepted: PAID,
});
webhook('names of headers in lower case', {
  headers: { 'x-signature': hex(SECRET, PAID_BODY) },
  accepted: PAID,
});
webhook('names of headers in other cases', {
  headers: {
    'X-SIGNATURE': hex(SECRET, PAID_BODY),
    'Webhook-Id': ID,
    'WEBHOOK-TIMESTAMP': String(NOW),
    'Webhook-Signature': standard(SECRET, PAID_BODY),
  },
  accepted: PAID,
});
webhook('no header', { headers: {}, refused: 'missing_signature' });
webhook('an empty X-Signature', { headers: only(''), refused: 'malformed_signature' });
webhook('X-Signature missing beside a good webhook-signature', {
  headers: {
    'webhook-id': ID,
    'webhook-timestamp': String(NOW),
    'webhook-signature': standard(SECRET, PAID_BODY),
  },
  refused: 'missing_signature',
});
for (const [name, signature] of [
  ['a digit too few', hex(SECRET, PAID_BODY).slice(1)],
  ['a digit too many', `${hex(SECRET, PAID_BODY)}0`],
  ['a prefix', `sha256=${hex(SECRET, PAID_BODY)}`],
  ['Base64', hmac(SECRET, PAID_BODY).toString('base64')],
  ['a letter that is no hex digit', `g${hex(SECRET, PAID_BODY).slice(1)}`],
  ['a character beyond ASCII', `é${hex(SECRET, PAID_BODY).slice(1)}`],
  ['digits of another script', `٣${hex(SECRET, PAID_BODY).slice(1)}`],
  ['full-width digits', '０'.repeat(64)],
  ['a line break at its end', `${hex(SECRET, PAID_BODY)}\n`],
  ['a NUL', `${hex(SECRET, PAID_BODY).slice(1)}\0`],
  ['two signatures', `${hex(SECRET, PAID_BODY)}, ${hex(SECRET, PAID_BODY)}`],
]) {
  webhook(`X-Signature with ${name}`, { headers: only(signature), refused: 'malformed_signature' });
}
webhook('X-Signature of zeros', { headers: only('0'.repeat(64)), refused: 'wrong_signature' });
webhook('another secret', { headers: full('sk_other', PAID_BODY), refused: 'wrong_signature' });
webhook('another body', {
  body: altered({ amount: '90.00' }),
  headers: full(SECRET, PAID_BODY),
  refused: 'wrong_signature',
});
webhook('a blank more in the body', {
  body: `${PAID_BODY} `,
  headers: full(SECRET, PAID_BODY),
  refused: 'wrong_signature',
});
webhook('a body written again by a parser', {
  body: '{"payment_id":1,"order_id":"a/b"}',
  headers: only(hex(SECRET, '{"payment_id": 1, "order_id": "a\\/b"}')),
  refused: 'wrong_signature',
});
webhook('an empty body', { body: '', refused: 'malformed_body' });

// Time

webhook('300 seconds old', { now: NOW + 300, accepted: PAID });
webhook('301 seconds old', { now: NOW + 301, refused: 'timestamp_too_old' });
webhook('300 seconds ahead', { now: NOW - 300, accepted: PAID });
webhook('301 seconds ahead', { now: NOW - 301, refused: 'timestamp_too_new' });
webhook('an old one with X-Signature alone', {
  headers: only(hex(SECRET, PAID_BODY)),
  now: NOW + 86_400,
  accepted: PAID,
});
for (const [name, timestamp] of [
  ['words', 'today'],
  ['a sign', `+${NOW}`],
  ['a fraction', `${NOW}.0`],
  ['an exponent', '1e9'],
  ['a blank', ` ${NOW}`],
  ['digits of another script', '١٧٨٢٩٢٩٠٧٠'],
  ['too many digits', '9'.repeat(400)],
  ['nothing', ''],
]) {
  webhook(`a webhook-timestamp of ${name}`, {
    headers: {
      ...full(SECRET, PAID_BODY),
      'webhook-timestamp': timestamp,
      'webhook-signature': standard(SECRET, PAID_BODY, { timestamp }),
    },
    refused: 'malformed_timestamp',
  });
}

// Standard Webhooks

const standardOnly = (signature, more = {}) => ({
  ...full(SECRET, PAID_BODY),
  'webhook-signature': signature,
  ...more,
});
webhook('several versions in webhook-signature', {
  headers: standardOnly(
    `v1a,b3RoZXI= ${standard('sk_other', PAID_BODY)} ${standard(SECRET, PAID_BODY)}`,
  ),
  accepted: PAID,
});
for (const [name, signature] of [
  ['by another secret', standard('sk_other', PAID_BODY)],
  ['of another version', standard(SECRET, PAID_BODY).replace('v1,', 'v2,')],
  ['without a version', standard(SECRET, PAID_BODY).slice(3)],
  ['that is empty', ''],
  ['that is no Base64', 'v1,!!!!'],
  ['beyond ASCII', 'v1,é 🛒'],
  ['in hex', `v1,${hex(SECRET, `${ID}.${NOW}.${PAID_BODY}`)}`],
  ['cut short', standard(SECRET, PAID_BODY).slice(0, 20)],
]) {
  webhook(`a webhook-signature ${name}`, {
    headers: standardOnly(signature),
    refused: 'wrong_webhook_signature',
  });
}
webhook('another webhook-id', {
  headers: { ...full(SECRET, PAID_BODY), 'webhook-id': 'evt_other' },
  refused: 'wrong_webhook_signature',
});
webhook('another webhook-timestamp', {
  headers: { ...full(SECRET, PAID_BODY), 'webhook-timestamp': String(NOW + 1) },
  refused: 'wrong_webhook_signature',
});
for (const missing of ['webhook-id', 'webhook-timestamp']) {
  const { [missing]: _, ...headers } = full(SECRET, PAID_BODY);
  webhook(`webhook-signature without ${missing}`, { headers, refused: 'missing_webhook_header' });
}
{
  const { 'webhook-signature': _, ...headers } = full(SECRET, PAID_BODY);
  webhook('webhook-id and webhook-timestamp without webhook-signature', {
    headers: { ...headers, 'webhook-timestamp': 'today' },
    accepted: PAID,
  });
}

// A new secret: the old one signs X-Signature to its end, and webhook-signature has both.

const rotating = {
  ...full(OLD, PAID_BODY),
  'webhook-signature': `${standard(NEW, PAID_BODY)} ${standard(OLD, PAID_BODY)}`,
};
webhook('rotation, receiver with both secrets', {
  secrets: [OLD, NEW],
  headers: rotating,
  accepted: PAID,
});
webhook('rotation, receiver with both secrets, the new one first', {
  secrets: [NEW, OLD],
  headers: rotating,
  accepted: PAID,
});
webhook('rotation, receiver with the old secret', {
  secrets: [OLD],
  headers: rotating,
  accepted: PAID,
});
webhook('rotation, receiver with the new secret alone', {
  secrets: [NEW],
  headers: rotating,
  refused: 'wrong_signature',
});
webhook('rotation has ended', {
  secrets: [OLD, NEW],
  headers: full(NEW, PAID_BODY),
  accepted: PAID,
});

// What the signed body is

const IDENTITY = { payment_id: PAID.payment_id, order_id: PAID.order_id, amount: PAID.amount };
signed('late', altered({ late: true }), { ...PAID, late: true });
signed('another amount was accepted', altered({ received_amount: '49.000000' }), {
  ...PAID,
  received_amount: '49.000000',
});
signed('fields that are not known', altered({ surprise: { deep: [1] } }), PAID);
signed('the type spelled out', altered({ type: 'payment.paid' }), PAID);
signed(
  'the type spelled out, and another status',
  altered({ type: 'payment.paid', status: 'pending' }),
  {
    type: 'payment.paid',
    is_paid: false,
  },
);
signed('a payment ID as text', altered({ payment_id: '6070472267431395' }), PAID);
signed('the largest payment ID', altered({ payment_id: 9007199254740991 }), {
  ...PAID,
  payment_id: '9007199254740991',
});
signed('UTF-8 in the order ID', altered({ order_id: 'Größe 7 – 注文 🛒' }), {
  ...PAID,
  order_id: 'Größe 7 – 注文 🛒',
});
for (const status of [
  'pending',
  'expired',
  'failed',
  'PAID',
  'paid ',
  'settled',
  true,
  null,
  ['paid'],
]) {
  signed(`the status ${JSON.stringify(status)} without a type`, altered({ status }), {
    type: 'unknown',
    is_paid: false,
  });
}
signed('no status and no type', without('status'), { type: 'unknown', is_paid: false });
for (const [name, body] of [
  ['a fraction as payment ID', altered({ payment_id: 1.5 })],
  ['a negative payment ID', altered({ payment_id: -1 })],
  ['a payment ID above 53 bits', PAID_BODY.replace('6070472267431395', '9007199254740993')],
  ['true as payment ID', altered({ payment_id: true })],
  ['no payment ID', without('payment_id')],
  ['no order ID', without('order_id')],
  ['a number as order ID', altered({ order_id: 7 })],
  ['no amount', without('amount')],
  ['a number as amount', altered({ amount: 50 })],
  ['an amount with an exponent', altered({ amount: '5e1' })],
]) {
  signed(`paid with ${name}`, body, { type: 'payment.paid', is_paid: false });
}
for (const [type, more] of [
  ['payment.expired', { expires_at: '2026-07-01 18:30:00' }],
  [
    'payment.review',
    { review_id: '4f0c:0', reason: 'late', transfer: { txid: '4f0c', amount: '50.054200' } },
  ],
  ['payment.seen', { transfer: { txid: '4f0c', amount: '50.054200' } }],
]) {
  signed(type, JSON.stringify({ type, ...OTHER, ...more }), { type, is_paid: false, ...IDENTITY });
  signed(`${type} that says paid`, JSON.stringify({ type, ...OTHER, ...more, status: 'paid' }), {
    type,
    is_paid: false,
    ...IDENTITY,
  });
}
signed(
  'a review of no payment',
  '{"type":"payment.review","app_id":45,"review_id":"4f0c:0","reason":"no_match"}',
  {
    type: 'payment.review',
    is_paid: false,
  },
);
signed('test', '{"type":"test","app_id":45}', { type: 'test', is_paid: false });
signed('a test that says paid', altered({ type: 'test' }), { type: 'test', is_paid: false });
signed('a type that is not known', altered({ type: 'payment.refunded' }), {
  type: 'payment.refunded',
  is_paid: false,
});
for (const type of [null, 7, '', ['payment.paid'], { a: 1 }]) {
  signed(`the type ${JSON.stringify(type)}`, altered({ type }), {
    type: 'unknown',
    is_paid: false,
  });
}
for (const [name, body] of [
  ['no JSON', 'paid'],
  ['JSON that is cut', PAID_BODY.slice(0, -1)],
  ['a list', `[${PAID_BODY}]`],
  ['text', '"paid"'],
  ['null', 'null'],
  [
    'no UTF-8',
    Buffer.concat([Buffer.from('{"order_id":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
  ],
  ['a byte order mark', `\ufeff${PAID_BODY}`],
]) {
  webhook(`signed, and ${name}`, {
    body,
    headers: only(hex(SECRET, body)),
    refused: 'malformed_body',
  });
}

// Amounts

const amounts = {
  equal: [
    ['50.00', '50'],
    ['50.00', '50.000000'],
    ['0.1', '0.10'],
    ['050.00', '50'],
    ['1000000000', '1000000000.00'],
    ['123456789012345678901234567890.10', '123456789012345678901234567890.1'],
  ],
  different: [
    ['50.00', '50.01'],
    ['50.00', '500'],
    ['50.00', '5.000'],
    ['0.1', '0.100001'],
    ['9007199254740993', '9007199254740992'],
    ['0.30', '0.30000000000000004'],
  ],
  malformed: [
    '',
    ' ',
    '50,00',
    '50.',
    '.5',
    '-50',
    '+50',
    '5e1',
    '0x32',
    '1_000',
    '1 000',
    ' 50',
    '50\n',
    '٥٠',
    '５０',
    'NaN',
    'Infinity',
    '50.00.0',
    '$50',
  ],
};

// What differs between a payment and what the shop has stored

const EXPECTED = { order_id: 'ORDER_12345', amount: '50', payment_id: '6070472267431395' };
const matches = [
  ['the same', {}, []],
  ['another form of the amount', { amount: '50.000000' }, []],
  ['late', { late: true }, []],
  ['another order', { order_id: 'ORDER_12346' }, ['order_id']],
  ['an order of another case', { order_id: 'order_12345' }, ['order_id']],
  ['an order ID with a blank', { order_id: 'ORDER_12345 ' }, ['order_id']],
  ['another payment', { payment_id: 6070472267431396 }, ['payment_id']],
  ['another amount', { amount: '49.99' }, ['amount']],
  ['an amount that is none', { amount: '5e1' }, ['amount']],
  ['another currency', { currency: 'USDC' }, ['currency']],
  ['another network', { network: 'ERC20' }, ['network']],
  ['less was accepted', { received_amount: '49.000000' }, ['received_amount']],
  ['just the price was accepted', { received_amount: '50.000000' }, []],
  ['what was due has come', { received_amount: '50.054200' }, []],
  ['more was accepted', { received_amount: '60.000000' }, []],
  [
    'all',
    { payment_id: 1, order_id: 'x', amount: '1', currency: 'X', network: 'Y' },
    ['amount', 'currency', 'network', 'order_id', 'payment_id'],
  ],
].map(([name, changes, differs]) => ({
  name,
  body: { ...JSON.parse(PAID_BODY), ...changes },
  expected: EXPECTED,
  differs,
}));
for (const missing of ['payment_id', 'order_id', 'amount', 'currency', 'network']) {
  matches.push({
    name: `no ${missing}`,
    body: JSON.parse(without(missing)),
    expected: EXPECTED,
    differs: [missing],
  });
}

// What the gateway's answers become

const PAYMENT = {
  payment_id: 6070472267431395,
  order_id: 'ORDER_12345',
  status: 'pending',
  amount: '50.00',
  pay_amount: '50.054200',
  currency: 'USDT',
  network: 'TRC20',
  address: 'T1',
  payment_url: 'https://pay.example.com/pay/?id=6070472267431395',
  expires_at: '2026-07-01 18:30:00',
  expires_in: 1800,
  server_time: '2026-07-01T18:00:00.000Z',
  confirmations: 0,
  required_confirmations: 19,
  version: 1,
};
const answers = [];
/** An answer to the request for a payment's status. */
function answer(name, status, body, outcome, headers = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  answers.push({
    name,
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: text,
    ...outcome,
  });
}
const HTML = '<html><body>nginx</body></html>';
const asHtml = { 'content-type': 'text/html' };
const error = (code, message = 'Message', more = {}) => ({
  ok: false,
  error: message,
  code,
  docs: `https://pay.example.com/docs/errors#${code}`,
  ...more,
});
const fails = (name, more = {}) => ({ error: name, ...more });

for (const [status, isPaid] of [
  ['pending', false],
  ['paid', true],
  ['expired', false],
  ['failed', false],
  ['settled', false],
]) {
  answer(
    `the status ${status}`,
    200,
    { ok: true, payment: { ...PAYMENT, status } },
    {
      payment: { payment_id: '6070472267431395', status, is_paid: isPaid },
    },
  );
}
answer(
  'fields that are not known',
  200,
  { ok: true, payment: { ...PAYMENT, surprise: 1 }, more: 2 },
  {
    payment: { payment_id: '6070472267431395', status: 'pending', is_paid: false },
  },
);
for (const [status, code, name] of [
  [400, 'malformed_json', 'InvalidRequestError'],
  [401, 'invalid_api_key', 'AuthenticationError'],
  [401, 'invalid_signature', 'AuthenticationError'],
  [403, 'api_key_read_only', 'AuthenticationError'],
  [404, 'payment_not_found', 'NotFoundError'],
  [405, 'method_not_allowed', 'ApiError'],
  [409, 'order_id_conflict', 'OrderConflictError'],
  [413, 'body_too_large', 'ApiError'],
  [415, 'unsupported_media_type', 'ApiError'],
  [422, 'invalid_amount', 'InvalidRequestError'],
  [429, 'too_many_requests', 'RateLimitError'],
  [500, 'internal_error', 'ServerError'],
  [503, 'network_unreachable', 'ServerError'],
]) {
  answer(
    `${status} ${code}`,
    status,
    error(code, 'Message', { hint: 'a hint' }),
    fails(name, { code, message: 'Message', hint: 'a hint' }),
    {
      'x-request-id': '70fc3e8338bb5d5a25b69843fe36bf4a',
    },
  );
}
answer('a code that is not known', 418, error('teapot'), fails('ApiError', { code: 'teapot' }));
answer(
  '429 with Retry-After',
  429,
  error('too_many_requests'),
  fails('RateLimitError', { retry_after: 7 }),
  { 'retry-after': '7' },
);
answer(
  '503 with Retry-After',
  503,
  error('no_free_amount'),
  fails('ServerError', { retry_after: 90 }),
  { 'retry-after': '90' },
);
answer(
  'a Retry-After that is none',
  429,
  error('too_many_requests'),
  fails('RateLimitError', { retry_after: null }),
  { 'retry-after': '-1e3' },
);
// A status of 5xx and 429 says enough. Any other must be the gateway's own word.
answer('500 of a proxy', 500, HTML, fails('ServerError'), asHtml);
answer('502 of a proxy', 502, HTML, fails('ServerError'), asHtml);
answer('503 of a proxy', 503, '', fails('ServerError'));
answer('504 of a proxy', 504, 'upstream timed out', fails('ServerError'), {
  'content-type': 'text/plain',
});
answer('429 of a proxy', 429, HTML, fails('RateLimitError'), asHtml);
for (const status of [200, 204, 400, 401, 403, 404, 409, 422]) {
  answer(
    `${status} that is no JSON`,
    status,
    status === 204 ? '' : HTML,
    fails('UnexpectedAnswerError'),
    asHtml,
  );
}
for (const status of [301, 302, 303, 307, 308]) {
  answer(`the redirect ${status}`, status, '', fails('UnexpectedAnswerError'), {
    location: 'https://other.example/',
  });
}
for (const [name, body] of [
  ['JSON that is cut', JSON.stringify({ ok: true, payment: PAYMENT }).slice(0, -20)],
  ['an empty answer', ''],
  ['a list', '[]'],
  ['null', 'null'],
  ['no ok', { payment: PAYMENT }],
  ['ok as text', { ok: 'true', payment: PAYMENT }],
  ['ok false with 200', error('payment_not_found')],
  ['no payment', { ok: true }],
  ['a list as payment', { ok: true, payment: [] }],
  ['a payment without an ID', { ok: true, payment: { ...PAYMENT, payment_id: undefined } }],
  ['a payment without a status', { ok: true, payment: { ...PAYMENT, status: undefined } }],
  ['a payment with a number as amount', { ok: true, payment: { ...PAYMENT, amount: 50 } }],
  ['a payment with no date', { ok: true, payment: { ...PAYMENT, expires_at: 'soon' } }],
]) {
  answer(`200 with ${name}`, 200, body, fails('UnexpectedAnswerError'));
}
answer('404 with ok true', 404, { ok: true, payment: PAYMENT }, fails('UnexpectedAnswerError'));
answer(
  '404 with an error and no ok',
  404,
  { error: 'Not found', code: 'not_found' },
  fails('UnexpectedAnswerError'),
);
answer('404 of another API', 404, { message: 'Not found' }, fails('UnexpectedAnswerError'));

// How often a call is made

const PAST_BUDGET = 3600;
const retries = [
  ['a get that goes well', 'get', [200], 1, null],
  ['a get, then well', 'get', [500, 200], 2, null],
  ['a get through a proxy that waits, then well', 'get', [502, 504, 200], 3, null],
  ['a get, twice, then well', 'get', [503, 'connection', 200], 3, null],
  ['a get, three times', 'get', [500, 502, 504], 3, 'ServerError'],
  [
    'a get without a connection',
    'get',
    ['connection', 'connection', 'connection'],
    3,
    'ConnectionError',
  ],
  ['a get that is refused', 'get', [404], 1, 'NotFoundError'],
  ['a get with other trouble of the server', 'get', [501], 1, 'ServerError'],
  ['a create, then well', 'create', ['connection', 503, 200], 3, null],
  ['a create in conflict', 'create', [409], 1, 'OrderConflictError'],
  ['a create that is refused', 'create', [422], 1, 'InvalidRequestError'],
  ['a cancel without a key', 'cancel', [503], 1, 'ServerError'],
  ['a cancel without a key or a connection', 'cancel', ['connection'], 1, 'ConnectionError'],
  ['a cancel with a key', 'cancel with Idempotency-Key', [503, 'connection', 200], 3, null],
  ['too many requests', 'get', [429, 200], 2, null],
].map(([name, call, answers, attempts, error]) => ({ name, call, answers, attempts, error }));
retries.push(
  {
    name: 'Retry-After is waited for',
    call: 'get',
    answers: [429, 200],
    retry_after: 3,
    attempts: 2,
    waits_at_least: 3,
    error: null,
  },
  {
    name: 'a Retry-After past the budget',
    call: 'get',
    answers: [429],
    retry_after: PAST_BUDGET,
    attempts: 1,
    error: 'RateLimitError',
  },
);

// Gateways

const LIVE = 'pk_live_1';
const TEST = 'pk_test_1';
const gateways = [
  ...[
    ['https://pay.example.com', LIVE, 'https://pay.example.com'],
    ['https://pay.example.com/', LIVE, 'https://pay.example.com'],
    ['https://pay.example.com:8443', LIVE, 'https://pay.example.com:8443'],
    ['http://localhost:8080', LIVE, 'http://localhost:8080'],
    ['http://127.0.0.1:8080', LIVE, 'http://127.0.0.1:8080'],
    ['http://127.1.2.3', LIVE, 'http://127.1.2.3'],
    ['http://[::1]:8080', LIVE, 'http://[::1]:8080'],
    ['http://gateway.test:8080', TEST, 'http://gateway.test:8080'],
  ].map(([gateway, api_key, origin]) => ({ gateway, api_key, origin })),
  ...[
    '',
    'pay.example.com',
    '//pay.example.com',
    'https:pay.example.com',
    'https:/pay.example.com',
    'https://',
    'https:///api',
    'ftp://pay.example.com',
    'file:///etc/passwd',
    'http://pay.example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://128.0.0.1',
    'https://user@pay.example.com',
    'https://user:password@pay.example.com',
    'https://@pay.example.com',
    'https://pay.example.com?a=1',
    'https://pay.example.com/?',
    'https://pay.example.com#top',
    'https://pay.example.com/#',
    'https://pay.example.com/api',
    'https://pay.example.com:99999',
    'https://pay.example.com:port',
    'https://pay.example.com\n',
    ' https://pay.example.com',
    'https://pay.example .com',
    'https://pay.example.com\\@other.example',
    'https://pay.example.com\r\nX: y',
  ].map((gateway) => ({ gateway, api_key: LIVE, refused: true })),
];

const vectors = { signatures, queries, webhooks, amounts, matches, answers, retries, gateways };
writeFileSync(new URL('../vectors.json', import.meta.url), `${JSON.stringify(vectors, null, 2)}\n`);
