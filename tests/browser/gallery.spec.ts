// Every state of the page looks as it was accepted to look. `cargo xtask test browser gallery
// --update-snapshots` accepts how it looks now.

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Page } from '@playwright/test';

import { expect, test } from './fixtures';
import { DIRECTIONS, states } from './states';

const GALLERY = fileURLToPath(new URL('gallery/', import.meta.url));

/** What tells most of a look; all states are taken in one. */
const TELLING = [
  'waiting',
  'priced',
  'last-minute',
  'wallet-confirming',
  'check-different',
  'phone',
  'seen-7',
  'short',
  'paid',
  'expired',
  'changed',
];

const LOOKS = [
  { device: 'phone', theme: 'light', direction: 'ltr', names: undefined },
  { device: 'phone', theme: 'light', direction: 'rtl', names: TELLING },
  { device: 'phone', theme: 'dark', direction: 'ltr', names: TELLING },
  { device: 'desktop', theme: 'light', direction: 'ltr', names: TELLING },
  { device: 'desktop', theme: 'dark', direction: 'ltr', names: TELLING },
] as const;

const VIEWPORTS = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

test.use({ deviceScaleFactor: 1 });

for (const { device, theme, direction, names } of LOOKS) {
  const folder = `${device}-${theme}-${direction}`;
  test(`every state looks as accepted: ${folder}`, async ({ demo, page }, { project }) => {
    test.skip(project.name !== device, 'another device');
    test.setTimeout(1_800_000);
    const taken = [];
    for (const { name, url } of await states(page, demo, { lang: DIRECTIONS[direction], theme })) {
      if (names && !names.includes(name)) continue;
      await page.setViewportSize(VIEWPORTS[device]);
      await page.goto(url);
      // Of a page with open help, the help is what differs. Some is for the other device.
      const isHelp = url.includes('#');
      const help = page.locator('details:has(> :target)');
      if (isHelp && !(await help.isVisible())) continue;
      await growToFit(page);
      const flips = await watchHover(page);
      const picture = `${name}.png`;
      await expect
        .soft(isHelp ? help : page)
        .toHaveScreenshot([folder, picture], { maxDiffPixels: 200 });
      expect(await flips(), 'whether it can hover').toEqual([device === 'desktop']);
      taken.push(picture);
    }
    expect(readdirSync(GALLERY + folder).sort(), 'each has its state').toEqual(taken.sort());
  });
}

/**
 * Makes the window as high as the page, where the page is higher. The browser itself does so for
 * pictures of whole pages, but gives a phone a mouse meanwhile.
 */
async function growToFit(page: Page) {
  const { width, height } = page.viewportSize()!;
  const whole = await page.evaluate(() => document.documentElement.scrollHeight);
  if (whole > height) await page.setViewportSize({ width, height: whole });
  await page.evaluate(() => scrollTo(0, 0));
}

/** Returns what tells whether the page could hover from now on: one value, unless that changed. */
async function watchHover(page: Page): Promise<() => Promise<boolean[]>> {
  const seen = await page.evaluateHandle(() => {
    const hover = matchMedia('(hover: hover)');
    const seen = [hover.matches];
    hover.addEventListener('change', () => seen.push(hover.matches));
    return seen;
  });
  return () => seen.jsonValue();
}
