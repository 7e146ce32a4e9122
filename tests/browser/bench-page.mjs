// Measures the payment page on a slow phone, beside a static page of the same content: what a
// payer waits for, what is sent, and what the page does while it is open.

import { parseArgs } from 'node:util';

import { chromium } from '@playwright/test';

import { CONFIRMATIONS } from './chain.mjs';
import { CHROMIUM_FLAGS } from './chromium.mjs';
import { Demo } from './demo.mjs';
import { StaticPage } from './static-page.mjs';
import { CPU_SLOWDOWN, Visit } from './visit.mjs';

const NETWORKS = [
  { name: '1.6 Mbit/s, 150 ms', kilobits: 1_600, latency: 150 },
  { name: '400 kbit/s, 400 ms', kilobits: 400, latency: 400 },
];

const PAYMENTS = 5;

/** The most that is accepted. The news of a credit may take a round trip besides. */
const BUDGET = { html: 14 * 1_024, shift: 0, idleRequests: 3 };
const NEWS_BUDGET = 100;

const COLUMNS = [
  ['visible', 'visible ms'],
  ['firstPaint', 'FCP ms'],
  ['live', 'live ms'],
  ['requests', 'requests'],
  ['html', 'HTML B'],
  ['script', 'script B'],
  ['wasm', 'wasm B'],
  ['rest', 'rest B'],
  ['all', 'all B'],
  ['shift', 'shift'],
  ['idleBusy', 'busy ms/min'],
  ['idleRequests', 'requests/min'],
  ['news', 'paid ms'],
];
const RATIOS = ['visible', 'firstPaint', 'requests', 'html', 'all', 'idleBusy'];

const { runs, idle } = options();
const browser = await chromium.launch({
  executablePath: process.env.CHROME,
  args: CHROMIUM_FLAGS,
});
const demo = await Demo.start();
try {
  const payment = await demo.createPayment();
  const staticPage = await StaticPage.of(payment.payment_url, browser);
  const page = { name: 'payment page', url: payment.payment_url, isLive: true };
  const floor = { name: 'static page', url: staticPage.url, isLive: false };
  const settings = NETWORKS.map((network) => ({
    network,
    page: { ...page, network, loads: [] },
    floor: { ...floor, network, loads: [] },
  }));
  const all = settings.flatMap(({ page, floor }) => [page, floor]);

  for (let run = 1; run <= runs; run += 1) {
    for (const subject of all) {
      progress(`load ${run} of ${runs}: ${subject.name}, ${subject.network.name}`);
      subject.loads.push(await load(subject));
    }
  }
  for (const subject of all) subject.figures = medians(subject.loads);
  for (const { floor } of settings) {
    if (floor.figures.requests !== 1) throw new Error('the static page asks for other files');
  }

  if (idle) {
    progress('a minute with nothing to do');
    await Promise.all(all.map(async (one) => Object.assign(one.figures, await idleMinute(one))));
  }

  for (const { page, network } of settings) page.figures.news = await news(network);
  const unthrottled = { news: await news(undefined) };

  await staticPage.close();
  print(settings, unthrottled);
} finally {
  await browser.close();
  await demo.stop();
}

function options() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '7' },
      'no-idle': { type: 'boolean', default: false },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a number from 1 on');
  return { runs, idle: !values['no-idle'] };
}

async function load({ url, ...conditions }) {
  const visit = await Visit.open(browser, url, conditions);
  try {
    return await visit.load();
  } finally {
    await visit.close();
  }
}

async function idleMinute({ url, ...conditions }) {
  const visit = await Visit.open(browser, url, conditions);
  try {
    return await visit.idleMinute();
  } finally {
    await visit.close();
  }
}

/** From credits to the page saying so: the median, in milliseconds. */
async function news(network) {
  const times = [];
  for (let payment = 1; payment <= PAYMENTS; payment += 1) {
    progress(`payment ${payment} of ${PAYMENTS}: ${network?.name ?? 'unthrottled'}`);
    times.push(await oneNews(network));
  }
  return median(times);
}

async function oneNews(network) {
  const payment = await demo.createPayment();
  const visit = await Visit.open(browser, payment.payment_url, { network, isLive: true });
  try {
    const { version } = await demo.status(payment);
    await demo.chain.pay(payment);
    await changed(payment, version);
    // The page has learnt it too, and its next question waits at the gateway.
    await visit.traffic.quiet();
    const [paid, credited] = await Promise.all([
      visit.paid(),
      whenCredited(payment),
      demo.chain.mine(CONFIRMATIONS),
    ]);
    return paid - credited;
  } finally {
    await visit.close();
  }
}

/** When the gateway first says that a payment is paid, in milliseconds since 1970. */
async function whenCredited(payment) {
  let { status, version } = await demo.status(payment);
  while (status !== 'paid') ({ status, version } = await changed(payment, version));
  return Date.now();
}

/** The public view of a payment, held until it is no longer the known one. */
async function changed(payment, known) {
  for (;;) {
    const query = `payment_id=${payment.payment_id}&wait=25&v=${known}`;
    const answer = await fetch(`${demo.baseUrl}/api/payment-status.php?${query}`);
    const now = (await answer.json()).payment;
    if (now.version !== known) return now;
  }
}

function medians(loads) {
  const keys = Object.keys(loads[0]);
  return Object.fromEntries(keys.map((key) => [key, median(loads.map((load) => load[key]))]));
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}

/** How many times more the page takes, where the static page takes something too. */
function ratios(page, floor) {
  const both = RATIOS.filter((key) => floor[key] > 0);
  return Object.fromEntries(both.map((key) => [key, page[key] / floor[key]]));
}

function progress(text) {
  process.stderr.write(`  ${text}\n`);
}

function print(settings, unthrottled) {
  const lines = [['', ...COLUMNS.map(([, title]) => title)]];
  const row = (name, figures, format = figure) => {
    lines.push([name, ...COLUMNS.map(([key]) => format(figures[key], key))]);
  };
  for (const { network, page, floor } of settings) {
    lines.push([network.name]);
    row(`  ${page.name}`, page.figures);
    row(`  ${floor.name}`, floor.figures);
    row('  page / static', ratios(page.figures, floor.figures), (ratio) => ratio?.toFixed(2) ?? '');
    row('  budget, at most', { ...BUDGET, news: network.latency + NEWS_BUDGET });
  }
  lines.push(['neither slowed down']);
  row('  payment page', unthrottled);
  row('  budget, at most', { news: NEWS_BUDGET });

  const notes = [
    `The payment page on a phone with a processor ${CPU_SLOWDOWN} times slower and an empty cache:`,
    `Chromium ${browser.version()}, medians of ${runs} loads. Bytes are as sent, heads included.`,
    `"paid" is from credit to screen, of ${PAYMENTS} payments; the slow network delays questions,`,
    'not an answer that was held.',
  ];
  console.log([...notes, '', ...aligned(lines)].join('\n'));
}

function aligned(lines) {
  const columns = lines[0].map((_, column) => column);
  const widths = columns.map((column) =>
    Math.max(...lines.map((cells) => cells[column]?.length ?? 0)),
  );
  return lines.map(([name, ...figures]) => {
    const cells = figures.map((cell, column) => cell.padStart(widths[column + 1]));
    return [name.padEnd(widths[0]), ...cells].join('  ').trimEnd();
  });
}

function figure(value, key) {
  if (value === undefined) return '';
  return key === 'shift' && value !== 0 ? value.toFixed(4) : String(Math.round(value));
}
