// A window above the shop's page, for a checkout that the payer can close.

import type { Stage } from '../../npm/src/index';
import type { Listener, Words } from '../protocol';
import type { Around } from './around';
import { make } from './make';
import { TITLE } from './pay-link';

let locks = 0;
let overflow: string;

/** Keeps the page behind from scrolling while a window is open. */
const lock = (change: number) => {
  const { style } = document.documentElement;
  if (!locks) overflow = style.overflow;
  locks += change;
  style.overflow = locks ? 'hidden' : overflow;
};

/** Opens a window in which a checkout that `listener` listens to has its place. */
export const openModal = (root: ParentNode, listener: Listener, close: () => void): Around => {
  let words: Words | undefined;
  let stage: Stage | undefined;

  // One that is closed stays in the document until that is told.
  const question = () => dialog.querySelector<HTMLDialogElement>('dialog[open]');

  /** Closes, or asks first while the payment is on its way. */
  const askToClose = () => {
    if (stage !== 'seen' || question() || !words?.ask) return close();
    const asked = make('dialog', { part: 'question', ariaLabel: words.ask });
    asked.onclose = () => asked.remove();
    asked.append(
      make('p', { textContent: words.ask }),
      make('button', { className: 'main', textContent: words.keep, onclick: () => asked.close() }),
      make('button', { textContent: words.close, onclick: close }),
    );
    dialog.append(asked);
    asked.showModal();
  };

  const button = make('button', {
    part: 'close',
    textContent: '×',
    ariaLabel: 'Close',
    onclick: askToClose,
  });
  const dialog = make('dialog', {
    part: 'dialog',
    ariaLabel: TITLE,
    oncancel(event) {
      // Those who insist are not asked.
      if (!event.cancelable) return;
      event.preventDefault();
      askToClose();
    },
    onclose: close,
  });
  dialog.append(button);
  root.append(dialog);
  dialog.showModal();
  lock(1);

  return {
    ...listener,
    place: dialog,
    state(now) {
      ({ stage } = now);
      if (stage !== 'seen') question()?.close();
      listener.state(now);
    },
    words(told) {
      words = told;
      dialog.ariaLabel = told.title;
      dialog.lang = told.lang;
      dialog.dir = told.dir;
      dialog.style.colorScheme = told.theme;
      button.ariaLabel = told.close;
    },
    close: askToClose,
    stop() {
      lock(-1);
      // While it is open, nothing else can have the focus.
      question()?.close();
      dialog.onclose = null;
      // Gives the focus back.
      dialog.close();
      dialog.remove();
    },
  };
};
