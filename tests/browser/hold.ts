// What a page asks for, kept back for a while.

import type { Page } from '@playwright/test';

/** Keeps back what is asked for at `url`, until the function is called that is returned. */
export async function hold(page: Page, url: string): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(url, async (route) => {
    await released;
    await route.continue();
  });
  return release;
}
