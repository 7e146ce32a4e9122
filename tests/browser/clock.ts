// The page's own time in the hands of a test: it stands still, or goes on until something has come.

import { expect, type Page } from '@playwright/test';

/** Stops the time of a page whose clock is installed. */
export async function stopTime(page: Page): Promise<void> {
  // Where the page was past that moment already, its time stands still since then.
  await expect(async () => {
    const soon = (await page.evaluate(() => Date.now())) + 1_000;
    await page.clock.pauseAt(soon);
  }).toPass();
}

/** Lets a time that stands still go on by steps, in milliseconds, until something holds. */
export async function goOnUntil(
  page: Page,
  step: number,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const goesOn = async () => {
    const isThere = await holds();
    if (!isThere) await page.clock.runFor(step);
    return isThere;
  };
  await expect.poll(goesOn, { intervals: [100] }).toBe(true);
}
