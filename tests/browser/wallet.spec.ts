// Paying from a wallet in the browser: what it is asked, and that it is asked once.

import type { Page, Route } from '@playwright/test';

import { CONFIRMATIONS } from './chain.mjs';
import { expect, expectAccessible, test, type Payment } from './fixtures';
import { Wallet } from './wallet.mjs';

const TRANSFER = '**/api/wallet-transfer.php';
const BROADCAST = '**/api/wallet-broadcast.php';
const OTHER = new Wallet().address;

type Behaviour = {
  /** How the wallet answers when it is asked for the account. */
  account?: 'gives' | 'declines' | 'throws' | 'hangs' | 'junk';
  /** How it answers when it is asked to sign. */
  sign?: 'signs' | 'declines' | 'throws' | 'hangs' | 'junk';
};

/** Puts a wallet like TronLink beside the page. Returns its key and what it was asked to sign. */
async function inject(page: Page, { account = 'gives', sign = 'signs' }: Behaviour = {}) {
  const wallet = new Wallet();
  const asked: { raw_data_hex: string }[] = [];
  await page.exposeFunction('signWithKey', (transaction: { raw_data_hex: string }) => {
    asked.push(transaction);
    return wallet.sign(transaction);
  });
  await page.addInitScript(
    ({ address, account, sign }) => {
      const answer = (how: string, right: () => unknown) => {
        if (how === 'throws') throw new Error('broken');
        if (how === 'declines') return Promise.reject(new Error('declined'));
        if (how === 'hangs') return new Promise(() => {});
        if (how === 'junk') return { get then() { throw new Error('junk'); } };
        return right();
      };
      const tronWeb = {
        defaultAddress: { base58: false as string | false },
        trx: {
          sign: (transaction: unknown) => answer(sign, () => window.signWithKey(transaction)),
        },
      };
      window.tronLink = {
        isTronLink: true,
        tronWeb,
        request: ({ method }: { method: string }) =>
          answer(account, () => {
            if (method !== 'tron_requestAccounts') throw new Error(method);
            tronWeb.defaultAddress.base58 = address;
            return Promise.resolve({ code: 200 });
          }),
      };
    },
    { address: wallet.address, account, sign },
  );
  return { wallet, asked };
}

declare global {
  interface Window {
    signWithKey(transaction: unknown): Promise<unknown>;
    tronLink: { tronWeb: { defaultAddress: { base58: string | false } } } & Record<string, unknown>;
  }
}

const controls = (page: Page) => ({
  section: page.locator('#wallet'),
  pay: page.getByRole('button', { name: /^Pay with/ }),
  confirm: page.getByRole('button', { name: /^Send .* USDT$/ }),
  cancel: page.getByRole('button', { name: 'Not now' }),
  said: page.locator('#wallet-said'),
});

/** Opens a payment and goes on until the payer may confirm. */

// The gateway limits how often it is asked in a minute.
test.beforeEach(({ demo }) => demo.passMinute());

async function upToConfirm(page: Page, payment: Payment) {
  await page.goto(payment.payment_url);
  const { pay, confirm } = controls(page);
  await pay.click();
  await expect(confirm).toBeFocused();
}

test('a payer pays from the wallet to the end', async ({ demo, page, checkout }) => {
  const { wallet, asked } = await inject(page);
  const payment = await demo.createPayment({ success_url: undefined });
  await checkout.open(payment.payment_url);
  const { section, pay, confirm, said } = controls(page);
  await expect(pay).toHaveText('Pay with TronLink');
  await expectAccessible(page);
  await pay.click();
  await expect(confirm).toBeFocused();
  await expect(section.locator('#wallet-from')).toHaveText(wallet.address);
  await expect(section.locator('#wallet-to')).toHaveText(payment.address);
  await expectAccessible(page);
  await confirm.click();
  await expect(said).toHaveText('Sent. Waiting for the network…');
  await expect(said).toHaveAttribute('data-kind', 'good');
  await expectAccessible(page);
  await demo.chain.mine(1);
  await checkout.shows('seen');
  await expect(section).toBeHidden();
  await demo.chain.mine(CONFIRMATIONS);
  await checkout.shows('paid');
  expect(asked).toHaveLength(1);
});

test('nothing is offered without a wallet', async ({ demo, page, checkout }) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  await checkout.shows('waiting');
  await expect(page.locator('#wallet')).toHaveCount(0);
});

test('a wallet that comes late says its own name, as plain text and not too long', async ({
  demo,
  page,
  checkout,
}) => {
  const payment = await demo.createPayment();
  await checkout.open(payment.payment_url);
  const announce = (name: string) =>
    page.evaluate((name) => {
      const detail = { info: { name }, provider: { request: () => {}, tronWeb: false } };
      dispatchEvent(new CustomEvent('TIP6963:announceProvider', { detail }));
    }, name);
  await announce('<b>A</b> wallet with a name that never ends');
  const { pay } = controls(page);
  await expect(pay).toHaveText('Pay with <b>A</b> wallet with a n');
  await announce('Another');
  await expect(pay).toHaveText('Pay with <b>A</b> wallet with a n');
});

for (const account of ['declines', 'throws', 'junk'] as const) {
  test(`a wallet that ${account} when asked for the account leaves the rest as it is`, async ({
    demo,
    page,
    checkout,
  }) => {
    await inject(page, { account });
    const payment = await demo.createPayment();
    await checkout.open(payment.payment_url);
    const { pay, said } = controls(page);
    await pay.click();
    await expect(said).toContainText('Nothing was sent.');
    await expect(pay).toBeFocused();
    await expectAccessible(page);
    await demo.chain.pay(payment);
    await checkout.shows('seen');
  });
}

for (const sign of ['declines', 'throws', 'junk'] as const) {
  test(`a wallet that ${sign} when asked to sign can be tried again`, async ({ demo, page }) => {
    await inject(page, { sign });
    await upToConfirm(page, await demo.createPayment());
    const { pay, confirm, said } = controls(page);
    await confirm.click();
    await expect(said).toContainText('Nothing was sent.');
    await pay.click();
    await expect(confirm).toBeFocused();
  });
}

test('a wallet that never answers can be left', async ({ demo, page, checkout }) => {
  await inject(page, { sign: 'hangs' });
  const payment = await demo.createPayment();
  await upToConfirm(page, payment);
  const { pay, confirm, cancel, said } = controls(page);
  await confirm.click();
  await expect(said).toHaveText('Waiting for the wallet…');
  await expectAccessible(page);
  await cancel.click();
  await expect(pay).toBeFocused();
  await demo.chain.pay(payment);
  await checkout.shows('seen');
});

test('an account that was not confirmed does not sign', async ({ demo, page }) => {
  const { asked } = await inject(page);
  await upToConfirm(page, await demo.createPayment());
  await page.evaluate((other) => {
    window.tronLink.tronWeb.defaultAddress.base58 = other;
  }, OTHER);
  const { pay, confirm, said } = controls(page);
  await confirm.click();
  await expect(said).toContainText('Nothing was sent.');
  await expect(pay).toBeVisible();
  expect(asked).toEqual([]);
});

type Call = { data: string; contract_address: string; owner_address: string; call_value?: number };
type Contract = { type: string; parameter: { value: Call } };
type Transaction = {
  txID: string;
  raw_data: { contract: Contract[] };
  raw_data_hex: string;
};

const call = ({ raw_data }: Transaction) => raw_data.contract[0]!.parameter.value;

/** Replaces hex in the fields and in the signed bytes alike. */
function replace(transaction: Transaction, from: string, to: string) {
  const value = call(transaction);
  expect(value.data).toContain(from);
  value.data = value.data.replace(from, to);
  transaction.raw_data_hex = transaction.raw_data_hex.replace(from, to);
}

const FORGERIES: Record<string, (transaction: Transaction) => void> = {
  'another recipient': (transaction) => {
    replace(transaction, call(transaction).data.slice(32, 72), '11'.repeat(20));
  },
  'another amount': (transaction) => {
    const amount = call(transaction).data.slice(-8);
    replace(transaction, amount, 'f'.repeat(8));
  },
  'an approve': (transaction) => replace(transaction, 'a9059cbb', '095ea7b3'),
  'bytes of another call': (transaction) => {
    transaction.raw_data_hex = transaction.raw_data_hex.replace('a9059cbb', '095ea7b3');
  },
  'another token': (transaction) => {
    const value = call(transaction);
    const other = `41${'22'.repeat(20)}`;
    transaction.raw_data_hex = transaction.raw_data_hex.replace(value.contract_address, other);
    value.contract_address = other;
  },
  'another kind': (transaction) => {
    transaction.raw_data.contract[0]!.type = 'TransferContract';
  },
  'two calls': (transaction) => {
    transaction.raw_data.contract.push(transaction.raw_data.contract[0]!);
  },
  'money beside the call': (transaction) => {
    call(transaction).call_value = 1;
  },
  'an approve beside the call in a memo': (transaction) => {
    // Fields 11 and 10 of the raw data: the contract is 174 bytes long.
    const contract = /5aae01.{348}/.exec(transaction.raw_data_hex)![0];
    const approve = contract.replace('a9059cbb', '095ea7b3');
    const memo = `52b101${contract}`;
    transaction.raw_data_hex = transaction.raw_data_hex.replace(contract, memo + approve);
  },
  'another ID': (transaction) => {
    transaction.txID = '33'.repeat(32);
  },
};

for (const [name, forge] of Object.entries(FORGERIES)) {
  test(`${name} is not signed`, async ({ demo, page }) => {
    const { asked } = await inject(page);
    await page.route(TRANSFER, async (route: Route) => {
      const response = await route.fetch();
      const answer = await response.json();
      forge(answer.transaction);
      await route.fulfill({ response, json: answer });
    });
    await upToConfirm(page, await demo.createPayment());
    const { pay, confirm, said } = controls(page);
    await confirm.click();
    await expect(said).toContainText('Nothing was sent.');
    await expect(pay).toBeVisible();
    expect(asked).toEqual([]);
  });
}

test('a gateway that is busy is handed the same transaction once more', async ({ demo, page }) => {
  const { asked } = await inject(page);
  const busy = { status: 429, headers: { 'retry-after': '1' }, json: { ok: false } };
  await page.route(BROADCAST, (route) => route.fulfill(busy), { times: 1 });
  await upToConfirm(page, await demo.createPayment());
  const { confirm, said } = controls(page);
  await confirm.click();
  await expect(said).toHaveAttribute('data-kind', 'good');
  expect(asked).toHaveLength(1);
});

test('what a busy gateway does not take was not sent, and can be tried again', async ({
  demo,
  page,
}) => {
  await inject(page);
  const busy = { status: 429, headers: { 'retry-after': '60' }, json: { ok: false } };
  await page.route(BROADCAST, (route) => route.fulfill(busy));
  await upToConfirm(page, await demo.createPayment());
  const { pay, confirm, said } = controls(page);
  await confirm.click();
  await expect(said).toContainText('Nothing was sent.');
  await expect(pay).toBeVisible();
});

test('where nothing could be asked, it can be tried again', async ({ demo, page }) => {
  const { asked } = await inject(page);
  await page.route(TRANSFER, (route) => route.fulfill({ status: 503, json: { ok: false } }));
  await upToConfirm(page, await demo.createPayment());
  const { pay, confirm, said } = controls(page);
  await confirm.click();
  await expect(said).toContainText('Try again in a minute.');
  await expect(pay).toBeVisible();
  expect(asked).toEqual([]);
});

test('a transaction that the network refuses was not sent, also after a reload', async ({
  demo,
  page,
}) => {
  await inject(page);
  await page.route(BROADCAST, (route) => route.fulfill({ status: 422, json: { ok: false } }));
  await upToConfirm(page, await demo.createPayment());
  const { pay, confirm, said } = controls(page);
  await confirm.click();
  await expect(said).toContainText('refused the payment. Nothing was sent.');
  await expect(pay).toBeVisible();
  await page.reload();
  await expect(pay).toBeVisible();
  await expect(said).toBeEmpty();
});

test('after an unanswered transaction there is no second signature, also after a reload', async ({
  demo,
  page,
  checkout,
}) => {
  const { asked } = await inject(page);
  await page.route(BROADCAST, (route) => route.abort());
  const payment = await demo.createPayment();
  await upToConfirm(page, payment);
  const { section, pay, confirm, said } = controls(page);
  await confirm.click();
  await expect(said).toContainText('Don’t pay again');
  await expect(section.getByRole('button')).toHaveCount(0);
  await expectAccessible(page);
  await page.reload();
  await checkout.live();
  await expect(said).toContainText('Don’t pay again');
  await expect(section.getByRole('button')).toHaveCount(0);
  expect(asked).toHaveLength(1);

  // Three minutes. The page trusts no gateway that is behind.
  await demo.mineAndRead(61);
  await page.reload();
  await expect(pay).toBeVisible();
});
