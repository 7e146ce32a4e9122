// The payment page in a frame of the shop's page, or a link to it where it does not come.

import {
  hear,
  isMarked,
  marked,
  type Checkout,
  type Listener,
  type Shown,
  type Wish,
} from '../protocol';
import type { Around } from './around';
import { TITLE } from './pay-link';
import { make } from './make';

/** How long a loaded frame may be silent until it counts as refused, in milliseconds. */
const PATIENCE = 5000;

/** Whether the payer has gone back to the page. To be led on once more would be a trap. */
const hasReturned = () => {
  const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return entry?.type === 'back_forward';
};

/** Shows a frame. `refused` gives what takes its place, until it is heard after all. */
export const showFrame = (
  gateway: string,
  around: Around,
  shown: Shown,
  refused: () => Element,
): Checkout => {
  const end = new AbortController();
  const { signal } = end;
  let timer: number | undefined;
  let isHeard = false;
  let substitute: Element | undefined;

  const post = (type: Wish) => {
    frame.contentWindow?.postMessage(marked({ type }), gateway);
  };

  const refuse = () => {
    if (substitute) return;
    frame.hidden = true;
    frame.after((substitute = refused()));
  };

  const frame = make('iframe', {
    part: 'frame',
    title: TITLE,
    allow: 'clipboard-write',
    sandbox:
      'allow-scripts allow-same-origin allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation',
    // In a window it is seen at once.
    loading: around.stop ? 'eager' : 'lazy',
    src: `${gateway}/pay/?frame=1&${new URLSearchParams(shown)}${hasReturned() ? '&stay=1' : ''}`,
    onload() {
      timer = setTimeout(refuse, PATIENCE);
      post('hello');
    },
  });

  const framed: Listener = {
    ...around,
    size(height) {
      frame.style.height = `${height}px`;
    },
    words(words) {
      frame.title = words.title;
      around.words?.(words);
    },
  };

  addEventListener(
    'message',
    ({ source, origin, data }) => {
      if (origin !== gateway || source !== frame.contentWindow || !isMarked(data)) return;
      clearTimeout(timer);
      isHeard = true;
      frame.hidden = false;
      substitute?.remove();
      substitute = undefined;
      hear(data, framed);
    },
    { signal },
  );

  addEventListener(
    'securitypolicyviolation',
    ({ disposition, effectiveDirective, blockedURI }) => {
      if (isHeard || disposition !== 'enforce' || effectiveDirective !== 'frame-src') return;
      if (blockedURI.startsWith(gateway)) refuse();
    },
    { signal },
  );

  around.place.append(frame);
  return {
    post,
    stop() {
      end.abort();
      clearTimeout(timer);
      frame.remove();
      substitute?.remove();
    },
  };
};
