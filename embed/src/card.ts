// What the payer sees, read from the card, whether the server or the program has drawn it.

import { FACTS, type Message } from './protocol';

const read = (root: ParentNode): Message => {
  const card = root.querySelector<HTMLElement>('[data-stage]');
  // Without a card it has stopped, since address or amount were not what they had been.
  if (!card) return { type: 'state', stage: 'changed' };
  const facts = FACTS.map((name) => [name, card.dataset[name]]);
  return { type: 'state', ...Object.fromEntries(facts) };
};

/** Tells of the card in `root` whenever it changes. */
export const watchCard = (root: Element, tell: (message: Message) => void) => {
  const tellState = () => tell(read(root));
  const observer = new MutationObserver(tellState);
  observer.observe(root, {
    attributeFilter: FACTS.map((name) => `data-${name}`),
    childList: true,
    subtree: true,
  });
  return { tellState, stop: () => observer.disconnect() };
};
