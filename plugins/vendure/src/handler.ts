// How Vendure sees the method: a payment is settled once the gateway has said so, and cannot be taken back.

import {
  LanguageCode,
  PaymentMethodEligibilityChecker,
  PaymentMethodHandler,
  type PaymentMetadata,
} from '@vendure/core';

import { HANDLER } from './constants';
import { MethodSettings, isOurs } from './method';
import { Projects } from './options';
import { Shop } from './shop.service';

/** Money that the gateway has told of. */
export interface Received {
  readonly paymentId: string;
  readonly amount: string;
  readonly txid: string;
  readonly receivedAmount: string | null;
  readonly late: boolean;
}

/** What is being booked. Metadata that a payer sends is never in it. */
const received = new WeakMap<PaymentMetadata, Received>();

/** Metadata with which the handler makes a settled payment. */
export function booking(money: Received): PaymentMetadata {
  const metadata: PaymentMetadata = {};
  received.set(metadata, money);
  return metadata;
}

const english = (value: string) => [{ languageCode: LanguageCode.en, value }];

export const usdtHandler = new PaymentMethodHandler({
  code: HANDLER,
  description: english('USDT (TRC20)'),
  args: {
    project: {
      type: 'string',
      defaultValue: 'default',
      label: english('Project'),
      description: english('One of those in the configuration of the plugin'),
    },
    currencies: {
      type: 'string',
      list: true,
      required: false,
      label: english('Further currencies'),
      description: english(
        'Those which the gateway converts for the project, such as EUR. USD is taken one to one',
      ),
    },
    tolerance: {
      type: 'string',
      defaultValue: '0',
      label: english('Tolerance'),
      description: english('So many USDT may be missing where somebody has accepted less'),
    },
    latePolicy: {
      type: 'string',
      defaultValue: 'complete',
      label: english('Money that comes late'),
      ui: {
        component: 'select-form-input',
        options: [
          { value: 'complete', label: english('Pays the order if its goods are still there') },
          { value: 'hold', label: english('Waits for a person') },
        ],
      },
    },
  },

  createPayment(_ctx, _order, amount, _args, metadata) {
    const money = received.get(metadata);
    if (!money) {
      const errorMessage = 'It is paid on a page of its own: call createUsdtPayment';
      return { amount, state: 'Declined', errorMessage };
    }
    const { txid, paymentId, receivedAmount, late } = money;
    const told = { paymentId, amount: money.amount, receivedAmount, late, public: { txid } };
    return { amount, state: 'Settled', transactionId: txid, metadata: told };
  },

  // What is no success leaves the state as it is: another one would tell that the money never came.
  settlePayment(_ctx, _order, { state }) {
    const errorMessage = 'It is settled by the gateway alone';
    return state === 'Settled' ? { success: true } : { success: false, state, errorMessage };
  },

  cancelPayment(_ctx, _order, { state }) {
    const errorMessage = 'A transfer cannot be taken back';
    return state === 'Settled' ? { success: false, state, errorMessage } : { success: true };
  },
});

let shop: Shop;
let projects: Projects;

export const usdtEligibility = new PaymentMethodEligibilityChecker({
  code: HANDLER,
  description: english('USDT (TRC20): where the order can be paid'),
  args: {},
  init(injector) {
    shop = injector.get(Shop);
    projects = injector.get(Projects);
  },
  async check(_ctx, order, _args, method) {
    if (!isOurs(method)) return false;
    const settings = new MethodSettings(method);
    return (
      settings.takes(order.currencyCode) &&
      projects.find(settings.project) !== undefined &&
      !(await shop.isMoved())
    );
  },
});
