// A real Vendure with a real gateway on a simulated chain: the merchant's side by the Admin API, the payer's by the
// Shop API, both over HTTP.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

import { TransactionalConnection, bootstrap } from '@vendure/core';

import { Program } from '../../../tests/browser/program.mjs';
import { TestGateway, until } from '../../testkit/gateway.mjs';
import { SUPERADMIN, config } from './config.mjs';

const TOKEN = 'vendure-auth-token';
const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url));
const english = (fields) => [{ languageCode: 'en', ...fields }];

class Api {
  constructor(url) {
    this.url = url;
  }

  /** Calls, and returns the data. */
  async call(query, variables = {}, parameters = '') {
    const headers = { 'content-type': 'application/json' };
    if (this.token) headers.authorization = `Bearer ${this.token}`;
    const body = JSON.stringify({ query, variables });
    const answer = await fetch(this.url + parameters, { method: 'POST', headers, body });
    this.token = answer.headers.get(TOKEN) ?? this.token;
    const { data, errors } = await answer.json();
    if (errors) throw new Error(`${errors.map(({ message }) => message).join('; ')}: ${query}`);
    return data;
  }
}

export class Administrator extends Api {
  static async logIn(url) {
    const administrator = new Administrator(`${url}/admin-api`);
    const { identifier, password } = SUPERADMIN;
    await administrator.call(
      'mutation ($name: String!, $password: String!) { login(username: $name, password: $password) { __typename } }',
      { name: identifier, password },
    );
    return administrator;
  }
}

export class Shop {
  static async open() {
    const shop = new Shop();
    shop.gateway = await TestGateway.start();
    await shop.#boot();
    shop.gateway.shop = `${shop.url}/usdt-checkout/webhook/default`;
    await shop.#fill();
    return shop;
  }

  async #boot() {
    // The plugin is told the address before Vendure listens at it.
    this.port = await freePort();
    const connection = { synchronize: true, dropSchema: true };
    this.app = await bootstrap(config({ port: this.port, gateway: this.gateway, connection }));
    this.url = `http://127.0.0.1:${this.port}`;
    this.database = this.app.get(TransactionalConnection).rawConnection;
    this.admin = await Administrator.logIn(this.url);
  }

  /** Starts another process of Vendure on the same data, without the plugin or with it. */
  async startAnother({ gateway, file }) {
    const port = await freePort();
    const connection = file ? { database: file } : {};
    const project = gateway && { url: gateway.url, key: gateway.key, secret: gateway.secret };
    const options = JSON.stringify({ port, home: this.port, gateway: project, connection });
    const program = await Program.start(process.execPath, [SERVER, options], /it listens/);
    return { url: `http://127.0.0.1:${port}`, stop: () => program.stop() };
  }

  async close() {
    await this.app?.close();
    await this.gateway.close();
  }

  async #create(what, input, list = false) {
    const type = `Create${what}Input!`;
    const select = what === 'Channel' ? '... on Channel { id }' : 'id';
    const query = `mutation ($input: ${list ? `[${type}]!` : type}) { create${what}${list ? 's' : ''}(input: $input) { ${select} } }`;
    const data = await this.admin.call(query, { input: list ? [input] : input });
    const [created] = [Object.values(data)[0]].flat();
    return created.id;
  }

  async #fill() {
    const countryId = await this.#create('Country', {
      code: 'DE',
      enabled: true,
      translations: english({ name: 'Germany' }),
    });
    const zoneId = await this.#create('Zone', { name: 'Europe', memberIds: [countryId] });
    this.zones = { defaultTaxZoneId: zoneId, defaultShippingZoneId: zoneId };
    const { activeChannel } = await this.admin.call('{ activeChannel { id } }');
    await this.admin.call(
      'mutation ($input: UpdateChannelInput!) { updateChannel(input: $input) { __typename } }',
      {
        input: {
          id: activeChannel.id,
          ...this.zones,
          availableCurrencyCodes: ['USD', 'EUR', 'GBP'],
          defaultCurrencyCode: 'USD',
        },
      },
    );
    const categoryId = await this.#create('TaxCategory', { name: 'Standard', isDefault: true });
    await this.#create('TaxRate', { name: 'None', enabled: true, value: 0, categoryId, zoneId });
    this.postId = await this.#create('ShippingMethod', {
      code: 'post',
      fulfillmentHandler: 'manual-fulfillment',
      checker: {
        code: 'default-shipping-eligibility-checker',
        arguments: [{ name: 'orderMinimum', value: '0' }],
      },
      calculator: {
        code: 'default-shipping-calculator',
        arguments: [
          { name: 'rate', value: '0' },
          { name: 'includesTax', value: 'auto' },
          { name: 'taxRate', value: '0' },
        ],
      },
      translations: english({ name: 'Post', description: '' }),
    });
    this.methodId = await this.#create('PaymentMethod', method('usdt', usdtHandler()));
    const voucher = { handler: { code: 'voucher', arguments: [] } };
    await this.#create('PaymentMethod', method('voucher', voucher));
    await this.#create(
      'PaymentMethod',
      method('cheque', {
        handler: { code: 'dummy-payment-handler', arguments: [{ name: 'automaticSettle', value: 'true' }] },
      }),
    );
  }

  /** Another channel with the same things, and its token. */
  async addChannel(code) {
    const token = `token-of-${code}`;
    const channelId = await this.#create('Channel', {
      code,
      token,
      defaultLanguageCode: 'en',
      availableLanguageCodes: ['en', 'de'],
      pricesIncludeTax: true,
      defaultCurrencyCode: 'USD',
      availableCurrencyCodes: ['USD'],
      ...this.zones,
    });
    const thing = await this.thing();
    const { stockLocations } = await this.admin.call('{ stockLocations { items { id } } }');
    await this.admin.call(
      `mutation ($channelId: ID!, $things: [ID!]!, $posts: [ID!]!, $methods: [ID!]!, $stores: [ID!]!) {
        assignStockLocationsToChannel(input: { channelId: $channelId, stockLocationIds: $stores }) { id }
        assignProductVariantsToChannel(input: { channelId: $channelId, productVariantIds: $things }) { id }
        assignShippingMethodsToChannel(input: { channelId: $channelId, shippingMethodIds: $posts }) { id }
        assignPaymentMethodsToChannel(input: { channelId: $channelId, paymentMethodIds: $methods }) { id }
      }`,
      {
        channelId,
        things: [thing],
        posts: [this.postId],
        methods: [this.methodId],
        stores: stockLocations.items.map(({ id }) => id),
      },
    );
    return token;
  }

  /** Settings of the payment method, as the administration sends them. */
  async set(settings = {}) {
    await this.admin.call(
      'mutation ($input: UpdatePaymentMethodInput!) { updatePaymentMethod(input: $input) { id } }',
      { input: { id: this.methodId, ...usdtHandler(settings) } },
    );
  }

  /** A thing to buy: a new one, where it has to be special. */
  async thing(special) {
    if (special) return this.#newThing(special);
    this.common ??= this.#newThing({ stock: 10_000 });
    return this.common;
  }

  async #newThing({ stock = 100, price = 620 }) {
    this.things = (this.things ?? 0) + 1;
    const name = `thing-${this.things}`;
    const productId = await this.#create('Product', {
      enabled: true,
      translations: english({ name, slug: name, description: '' }),
    });
    const id = await this.#create(
      'ProductVariant',
      {
        productId,
        sku: name,
        price,
        stockOnHand: stock,
        trackInventory: 'TRUE',
        translations: english({ name }),
      },
      true,
    );
    const prices = ['EUR', 'GBP'].map((currencyCode) => ({ currencyCode, price }));
    await this.admin.call(
      'mutation ($input: UpdateProductVariantInput!) { updateProductVariant(input: $input) { id } }',
      { input: { id, prices } },
    );
    return id;
  }

  async stock(id) {
    const { productVariant } = await this.admin.call(
      'query ($id: ID!) { productVariant(id: $id) { stockLevels { stockOnHand stockAllocated } } }',
      { id },
    );
    const [level] = productVariant.stockLevels;
    return { onHand: level.stockOnHand, allocated: level.stockAllocated };
  }

  async order(id) {
    const { order, usdtPayments } = await this.admin.call(
      `query ($id: ID!, $equal: String!) {
        order(id: $id) {
          id code state active orderPlacedAt totalWithTax
          payments { id method state amount transactionId metadata refunds { state total } nextStates }
          history(options: { take: 100 }) { items { type data } }
        }
        usdtPayments(options: { filter: { orderId: { eq: $equal } }, sort: { attempt: ASC } }) {
          items { ${ROW} }
        }
      }`,
      { id, equal: id },
    );
    const notes = order.history.items
      .filter(({ type }) => type === 'ORDER_NOTE')
      .map(({ data }) => data.note);
    return { ...order, notes, rows: usdtPayments.items };
  }

  async row(paymentId) {
    const { usdtPayments } = await this.admin.call(
      `query ($equal: String!) {
        usdtPayments(options: { filter: { paymentId: { eq: $equal } } }) { items { ${ROW} } }
      }`,
      { equal: String(paymentId) },
    );
    return usdtPayments.items[0];
  }

  /** One of the plugin's mutations of the Admin API. */
  async do(name, argument, value, fields = '') {
    const type = argument === 'is' ? 'UsdtShopIs!' : 'ID!';
    const data = await this.admin.call(
      `mutation ($value: ${type}) { ${name}(${argument}: $value) ${fields} }`,
      { value },
    );
    return data[name];
  }

  /** Changes a row as no API does. */
  change(where, changes) {
    return this.database.getRepository('UsdtPayment').update(where, changes);
  }

  /** Runs the scheduled task, and waits until it has. */
  async reconcile() {
    await this.database.getRepository('UsdtPayment').createQueryBuilder().update().set({ checkAt: 0 }).execute();
    const find = async () => {
      const { scheduledTasks } = await this.admin.call('{ scheduledTasks { id isRunning lastExecutedAt } }');
      return scheduledTasks.find(({ id }) => id === 'usdt-checkout-reconcile');
    };
    const before = (await find()).lastExecutedAt;
    await this.admin.call('mutation { runScheduledTask(id: "usdt-checkout-reconcile") { success } }');
    await until(async () => {
      const { isRunning, lastExecutedAt } = await find();
      return !isRunning && lastExecutedAt !== before;
    });
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A payer's browser. */
export class Buyer extends Api {
  constructor(shop, currency = 'USD') {
    super(`${shop.url}/shop-api`);
    this.parameters = `?currencyCode=${currency}`;
    this.post = shop.postId;
  }

  async shop(query, variables) {
    return this.call(query, variables, this.parameters);
  }

  /** Fills the cart, and goes to the payment. */
  async checkOut(thing, quantity) {
    await this.add(thing, quantity);
    const customer = { firstName: 'Ann', lastName: 'Payer', emailAddress: 'ann@shop.example' };
    const address = { streetLine1: 'Way 1', city: 'Town', postalCode: '1', countryCode: 'DE' };
    const data = await this.shop(
      `mutation ($customer: CreateCustomerInput!, $address: CreateAddressInput!, $post: [ID!]!) {
        setCustomerForOrder(input: $customer) { ... on ErrorResult { message } }
        setOrderShippingAddress(input: $address) { ... on ErrorResult { message } }
        setOrderShippingMethod(shippingMethodId: $post) { ... on ErrorResult { message } }
        transitionOrderToState(state: "ArrangingPayment") {
          ... on Order { id code }
          ... on OrderStateTransitionError { transitionError }
        }
      }`,
      { customer, address, post: [this.post] },
    );
    const { id, code } = data.transitionOrderToState;
    if (!id) throw new Error(JSON.stringify(data));
    return { id, code };
  }

  async add(thing, quantity = 1) {
    const { addItemToOrder } = await this.shop(
      `mutation ($thing: ID!, $quantity: Int!) {
        addItemToOrder(productVariantId: $thing, quantity: $quantity) { ... on ErrorResult { message } }
      }`,
      { thing, quantity },
    );
    if (addItemToOrder.message) throw new Error(addItemToOrder.message);
  }

  async goTo(state) {
    const { transitionOrderToState } = await this.shop(
      `mutation ($state: String!) {
        transitionOrderToState(state: $state) { ... on OrderStateTransitionError { transitionError } }
      }`,
      { state },
    );
    const error = transitionOrderToState?.transitionError;
    if (error) throw new Error(error);
  }

  async methods() {
    const { eligiblePaymentMethods } = await this.shop('{ eligiblePaymentMethods { code isEligible } }');
    return eligiblePaymentMethods.filter(({ isEligible }) => isEligible).map(({ code }) => code);
  }

  async pay(code = 'usdt') {
    const { createUsdtPayment } = await this.shop(
      `mutation ($code: String!) {
        createUsdtPayment(input: { paymentMethodCode: $code }) {
          ... on UsdtPaymentPage { token paymentUrl amount expiresAt }
          ... on UsdtPaymentError { errorCode reason message }
        }
      }`,
      { code },
    );
    return createUsdtPayment;
  }

  async payOtherwise(method = 'cheque', metadata = {}) {
    const { addPaymentToOrder } = await this.shop(
      `mutation ($input: PaymentInput!) {
        addPaymentToOrder(input: $input) { ... on Order { state } ... on ErrorResult { errorCode message } }
      }`,
      { input: { method, metadata } },
    );
    return addPaymentToOrder;
  }

  async progress(token) {
    const { usdtPayment } = await this.shop(
      'query ($token: String!) { usdtPayment(token: $token) { state paymentUrl orderCode } }',
      { token },
    );
    return usdtPayment;
  }
}

const ROW =
  'id reference paymentId orderId attempt project method priceAmount priceCurrency amount receivedAmount paymentUrl state reason txid order { code }';

function method(code, { handler, checker }) {
  const translations = english({ name: code, description: '' });
  return { code, enabled: true, handler, ...(checker ? { checker } : {}), translations };
}

function usdtHandler(settings = {}) {
  const values = { project: 'default', currencies: '[]', tolerance: '0', latePolicy: 'complete', ...settings };
  return {
    handler: {
      code: 'usdt-checkout',
      arguments: Object.entries(values).map(([name, value]) => ({ name, value })),
    },
    checker: { code: 'usdt-checkout', arguments: [] },
  };
}
