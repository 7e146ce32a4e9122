// What is around a checkout on the shop's page.

import type { Listener } from '../protocol';

/** Where a checkout is shown, and what listens to it. */
export interface Around extends Listener {
  place: ParentNode;
  stop?(): void;
}
