// Links to payments that open them above the page.

import type { UsdtCheckout } from '../../npm/src/index';
import { followedLink } from '../click';
import { TAG } from '../protocol';

export const followLinks = (gateway: string, open: UsdtCheckout['open']) => {
  addEventListener('click', (event) => {
    const link = followedLink(event, `a[data-${TAG}]`);
    const paymentId = link?.origin === gateway && /[?&]id=(\d+)/.exec(link.search)?.[1];
    if (!paymentId) return;
    open({ ...link.dataset, paymentId });
    event.preventDefault();
  });
};
