// The script that shops include: shows payments of this gateway on the shop's page, each as an
// element <usdt-checkout> with the payment page in a frame, within the page or above it.
//
// It decides nothing about a payment, and what it tells the shop's page proves nothing.

import { TAG } from './protocol';
import { define } from './shop/element';
import { followLinks } from './shop/links';
import { create } from './shop/options';
import { tellOfSecondGateway } from './shop/slips';

/** The version of this script, which the build puts here. */
declare const VERSION: string;

const start = () => {
  // A script that did not come as one, such as an imported module, finds itself. An element of this
  // name, in a comment on the page, stands for no script.
  const { currentScript } = document;
  const script =
    currentScript instanceof HTMLScriptElement
      ? currentScript
      : document.querySelector<HTMLScriptElement>('script[src*="/v1/widget"]');
  // Each script that names a payment stands for an element; all the rest is there once.
  if (script?.dataset.paymentId != null) script.after(create(script.dataset));
  const gateway = script?.src && new URL(script.src).origin;
  if (customElements.get(TAG) || !gateway) {
    if (window.UsdtCheckout?.gateway !== gateway) tellOfSecondGateway();
    return;
  }
  const { open, mount } = define(gateway);
  followLinks(gateway, open);
  window.UsdtCheckout = Object.freeze({ version: VERSION, gateway, open, mount });
};

// On a server there is nothing to show it on.
if (typeof document !== 'undefined') start();
