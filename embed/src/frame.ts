// Runs in the payment page where a shop has framed it: tells the shop's page what the payer sees,
// and takes its two wishes. Which sites may frame the page, the browser has checked by its policy.
//
// Told is only what anyone may ask who knows the payment's ID, and never a URL.

import { watchCard } from './card';
import { followedLink } from './click';
import { isMarked, marked, TAG, type Message } from './protocol';

const follow = (checkout: HTMLElement) => {
  const root = document.documentElement;

  /** The origin of the shop's page, from the first load on, and else from its first message. */
  let shop = document.referrer ? new URL(document.referrer).origin : undefined;

  const post = (message: Message) => {
    if (shop) parent.postMessage(marked(message), shop);
  };

  const tellSize = () => post({ type: 'size', height: document.body.offsetHeight });

  const { tellState } = watchCard(checkout, post);

  const tellAll = () => {
    post({ type: 'words', ...root.dataset, lang: root.lang, dir: root.dir });
    tellSize();
    tellState();
  };

  addEventListener('message', ({ source, origin, data }) => {
    if (source !== parent || !isMarked(data)) return;
    // An origin without a name could not be told from any other.
    if (origin !== 'null') shop ??= origin;
    if (origin !== shop) return;
    if (data.type === 'hello') tellAll();
    if (data.type === 'stay') document.getElementById('stay')?.click();
  });

  addEventListener(`${TAG}:leave`, () => post({ type: 'leave' }));

  addEventListener('keydown', (event) => {
    // While characters are composed, Escape is for their input.
    if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
    const menu = document.querySelector<HTMLDetailsElement>('.languages [open]');
    if (!menu) return post({ type: 'close' });
    menu.open = false;
    menu.querySelector('summary')?.focus();
  });

  // Another language is no step that the shop's page could go back by.
  addEventListener('click', (event) => {
    const link = followedLink(event, '.languages a');
    if (!link) return;
    event.preventDefault();
    location.replace(link.href);
  });

  // Beside the shop's own main part.
  checkout.ariaLabel = root.dataset.title ?? null;
  tellAll();
  new ResizeObserver(tellSize).observe(document.body);
};

/** Taken out of its frame, it is a page like any other. */
const leaveFrame = () => {
  const url = new URL(location.href);
  url.searchParams.delete('frame');
  location.replace(url);
};

const checkout = document.getElementById('checkout');
if (window === parent) leaveFrame();
else if (checkout) follow(checkout);
