// Measures the payment page on a slow phone, beside a static page of its own bytes and the least
// static page, in turns: what a payer waits for, what is sent, and what the page does while it is
// open. Says of each bound whether it holds, and fails where one does not.

import { get } from 'node:http';
import { parseArgs } from 'node:util';

import { chromium } from '@playwright/test';

import { CONFIRMATIONS } from './chain.mjs';
import { CHROMIUM_FLAGS } from './chromium.mjs';
import { Demo } from './demo.mjs';
import { StaticPages } from './static-page.mjs';
import { aligned } from './table.mjs';
import { CPU_SLOWDOWN, Visit } from './visit.mjs';

const SLOW_4G = { name: '1.6 Mbit/s, 150 ms', kilobits: 1_600, latency: 150 };
const SLOW_3G = { name: '400 kbit/s, 400 ms', kilobits: 400, latency: 400 };

const PAYMENTS = 5;

/** The most that is accepted. */
const MOST = {
  html: 14 * 1_024,
  shift: 0,
  idleRequests: 3,
  /** How many times more than the static page of our own bytes, and than the least page. */
  visibleToOwn: 1.15,
  visibleToLeast: 1.4,
  idleToOwn: 2,
  /** The news of a credit may take a round trip besides. */
  news: 100,
};

const COLUMNS = [
  ['visible', 'visible ms'],
  ['firstPaint', 'FCP ms'],
  ['largestPaint', 'LCP ms'],
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
const RATIOS = ['visible', 'firstPaint', 'largestPaint', 'requests', 'html', 'all', 'idleBusy'];

const { runs, idle } = options();
const browser = await chromium.launch({
  executablePath: process.env.CHROME,
  args: CHROMIUM_FLAGS,
});
const demo = await Demo.start();
try {
  const payment = await demo.createPayment();
  const files = await StaticPages.of(payment.payment_url, browser);
  const settings = [SLOW_4G, SLOW_3G].map((network) => {
    const subject = (name, url, isLive) => ({ name, url, isLive, network, loads: [] });
    return {
      network,
      page: subject('payment page', payment.payment_url, true),
      own: { ...subject('its bytes, static', files.own, false), idleUrl: files.counting },
      least: subject('least page, static', files.least, false),
    };
  });

  for (let run = 0; run < runs; run += 1) {
    for (const { page, own, least } of settings) {
      for (const subject of rotated([page, own, least], run)) {
        progress(`load ${run + 1} of ${runs}: ${subject.name}, ${subject.network.name}`);
        subject.loads.push(await load(subject));
      }
    }
  }
  const all = settings.flatMap(({ page, own, least }) => [page, own, least]);
  for (const subject of all) {
    subject.figures = medians(subject.loads);
    if (!subject.isLive && subject.figures.requests !== 1) {
      throw new Error(`${subject.name} asks for other files`);
    }
  }

  if (idle) {
    progress('a minute with nothing to do');
    await Promise.all(all.map(async (one) => Object.assign(one.figures, await idleMinute(one))));
  }

  for (const { page, network } of settings) page.figures.news = await news(network);
  const unthrottled = { news: await news(undefined) };
  const heaviest = await heaviestPage(payment.payment_url);

  await files.close();
  print(settings, unthrottled);
  const bounds = bounded(settings, unthrottled, heaviest);
  console.log(['', ...bounds.map(({ isKept, says }) => `${isKept ? 'ok  ' : 'OVER'}  ${says}`)].join('\n'));
  if (!bounds.every(({ isKept }) => isKept)) process.exitCode = 1;
} finally {
  await browser.close();
  await demo.stop();
}

function options() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '9' },
      'no-idle': { type: 'boolean', default: false },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a number from 1 on');
  return { runs, idle: !values['no-idle'] };
}

/** The same from another one on, so that none always comes after the same. */
function rotated(subjects, by) {
  const first = by % subjects.length;
  return [...subjects.slice(first), ...subjects.slice(0, first)];
}

async function load({ url, ...conditions }) {
  const visit = await Visit.open(browser, url, conditions);
  try {
    return await visit.load();
  } finally {
    await visit.close();
  }
}

async function idleMinute({ url, idleUrl = url, ...conditions }) {
  const visit = await Visit.open(browser, idleUrl, conditions);
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

/** The language in which the first answer weighs most, and how much that is. */
async function heaviestPage(url) {
  const html = await (await fetch(url)).text();
  const languages = new Set([...html.matchAll(/[?&;]lang=([\w-]+)/g)].map(([, lang]) => lang));
  let heaviest = { bytes: 0 };
  for (const lang of languages) {
    const bytes = await sentBytes(`${url}&lang=${lang}`);
    if (bytes > heaviest.bytes) heaviest = { lang, bytes };
  }
  return heaviest;
}

/** The length of an answer's body as it is sent, compressed. */
function sentBytes(url) {
  const headers = { Accept: 'text/html', 'Accept-Encoding': 'br' };
  return new Promise((resolve, reject) => {
    get(url, { headers }, (answer) => {
      let bytes = 0;
      answer.on('data', (data) => (bytes += data.length));
      answer.on('end', () => resolve(bytes));
      answer.on('error', reject);
    }).on('error', reject);
  });
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
function ratios(page, other) {
  const both = RATIOS.filter((key) => other[key] > 0);
  return Object.fromEntries(both.map((key) => [key, page[key] / other[key]]));
}

function progress(text) {
  process.stderr.write(`  ${text}\n`);
}

function print(settings, unthrottled) {
  const lines = [['', ...COLUMNS.map(([, title]) => title)]];
  const row = (name, figures, format = figure) => {
    lines.push([name, ...COLUMNS.map(([key]) => format(figures[key], key))]);
  };
  const times = (ratio) => ratio?.toFixed(2) ?? '';
  for (const { network, page, own, least } of settings) {
    lines.push([network.name]);
    for (const { name, figures } of [page, own, least]) row(`  ${name}`, figures);
    row('  page / its bytes', ratios(page.figures, own.figures), times);
    row('  page / least page', ratios(page.figures, least.figures), times);
  }
  lines.push(['neither slowed down']);
  row('  payment page', unthrottled);

  const notes = [
    `The payment page on a phone with a processor ${CPU_SLOWDOWN} times slower and an empty cache:`,
    `Chromium ${browser.version()}, medians of ${runs} loads, the three pages in turns. Bytes are as`,
    `sent, heads included. "paid" is from credit to screen, of ${PAYMENTS} payments; the slow network`,
    'delays questions, not an answer that was held.',
  ];
  console.log([...notes, '', ...aligned(lines)].join('\n'));
}

function figure(value, key) {
  if (value === undefined) return '';
  return key === 'shift' && value !== 0 ? value.toFixed(4) : String(Math.round(value));
}

/** Each bound: whether it is kept, and what was measured. */
function bounded(settings, unthrottled, heaviest) {
  const [{ page, own, least }] = settings;
  const pages = settings.map(({ page }) => page);
  const ratio = (key, other) => page.figures[key] / other.figures[key];
  const most = (key) => Math.max(...pages.map(({ figures }) => figures[key]));
  const bound = (value, most, says) => ({ isKept: value <= most, says });
  const toOwn = ratio('visible', own);
  const toLeast = ratio('visible', least);
  const repaints = pages.flatMap(({ loads }) => loads).filter(({ repainted }) => repainted).length;
  const bounds = [
    bound(
      toOwn,
      MOST.visibleToOwn,
      `On ${SLOW_4G.name}, code, address and amount are visible after ${toOwn.toFixed(2)} x the time ` +
        `of the page's own bytes (at most ${MOST.visibleToOwn}).`,
    ),
    bound(
      toLeast,
      MOST.visibleToLeast,
      `On ${SLOW_4G.name}, they are visible after ${toLeast.toFixed(2)} x the time of the least page ` +
        `(at most ${MOST.visibleToLeast}).`,
    ),
    bound(
      repaints,
      0,
      `The largest paint came after the live page had taken over in ${repaints} of ` +
        `${pages.length * runs} loads (none may).`,
    ),
    bound(
      most('shift'),
      MOST.shift,
      `The layout shifts by ${most('shift')} (at most ${MOST.shift}).`,
    ),
    bound(
      heaviest.bytes,
      MOST.html,
      `The first HTML weighs ${heaviest.bytes} bytes in its heaviest language, ${heaviest.lang} ` +
        `(at most ${MOST.html}).`,
    ),
  ];
  if (idle) {
    const toStatic = ratio('idleBusy', own);
    bounds.push(
      bound(
        toStatic,
        MOST.idleToOwn,
        `An idle minute takes ${toStatic.toFixed(2)} x the processor time of the static page with a clock ` +
          `(at most ${MOST.idleToOwn}).`,
      ),
      bound(
        most('idleRequests'),
        MOST.idleRequests,
        `An idle minute takes ${most('idleRequests')} requests (at most ${MOST.idleRequests}).`,
      ),
    );
  }
  for (const { network, page } of settings) bounds.push(told(page.figures.news, network));
  bounds.push(told(unthrottled.news, { name: 'a network that is not slowed down', latency: 0 }));
  return bounds;

  function told(time, { name, latency }) {
    const longest = latency + MOST.news;
    const says = `On ${name}, a credit is on the screen after ${Math.round(time)} ms (at most ${longest}).`;
    return bound(time, longest, says);
  }
}
