// Every state of the page is for everyone: axe finds nothing, nothing is cut off on narrow or
// enlarged screens, and what a payer needs fits on a phone in every language.

import { expect, expectAccessible, test } from './fixtures';
import { DIRECTIONS, states, THEMES } from './states';

test.describe.configure({ timeout: 1_800_000 });

for (const [direction, lang] of Object.entries(DIRECTIONS)) {
  for (const theme of THEMES) {
    test(`axe finds nothing in any state: ${theme}, ${direction}`, async ({
      demo,
      page,
      isMobile,
    }) => {
      test.skip(!isMobile, 'the views are the same');
      for (const { name, url } of await states(page, demo, { lang, theme })) {
        await test.step(name, async () => {
          await page.goto(url);
          // The colours are all that is different in the dark.
          await expectAccessible(page, theme === 'dark' ? ['color-contrast'] : undefined);
        });
      }
    });
  }
}

// A small phone, and a window of 1280 pixels at 200 %.
for (const viewport of [
  { width: 320, height: 568 },
  { width: 640, height: 512 },
]) {
  test.describe(`${viewport.width} pixels wide`, () => {
    test.use({ viewport });

    for (const [direction, lang] of Object.entries(DIRECTIONS)) {
      test(`no state is wider than the screen: ${direction}`, async ({ demo, page, isMobile }) => {
        test.skip(!isMobile, 'the width is what counts');
        const tooWide = [];
        for (const { name, url } of await states(page, demo, { lang })) {
          await page.goto(url);
          const excess = await page.evaluate(() => {
            const { scrollWidth, clientWidth } = document.documentElement;
            return scrollWidth - clientWidth;
          });
          if (excess > 0) tooWide.push({ name, excess });
        }
        expect(tooWide).toEqual([]);
      });
    }
  });
}

for (const { what, viewport, needed } of [
  {
    what: 'a phone',
    viewport: { width: 390, height: 844 },
    needed: ['#amount', '#copy-amount', '#address', '#copy-address', '#wallets-title'],
  },
  {
    what: 'a phone on its side',
    viewport: { width: 844, height: 390 },
    needed: ['#amount', '#copy-amount', '#address', '#copy-address', '#wallets-title'],
  },
  {
    what: 'a small window',
    viewport: { width: 800, height: 600 },
    needed: ['#amount', '#copy-amount', '#address', '#copy-address', '.qr'],
  },
]) {
  test(`${what} shows all that is needed to pay at once, in every language`, async ({
    demo,
    page,
    isMobile,
  }) => {
    test.skip(isMobile !== needed.includes('#wallets-title'), 'this is for the other screen');
    await page.setViewportSize(viewport);
    await page.goto(`${demo.baseUrl}/demo/states/waiting`);
    const languages = await page
      .locator('.languages a')
      .evaluateAll((links) => links.map((link) => (link as HTMLElement).lang));
    expect(languages.length).toBeGreaterThan(1);
    const missing: Record<string, number> = {};
    for (const lang of languages) {
      await page.goto(`${demo.baseUrl}/demo/states/waiting?lang=${lang}`);
      const below = await page.evaluate((needed) => {
        const bottoms = ['.status', '.timer', ...needed].map(
          (each) => document.querySelector(each)?.getBoundingClientRect().bottom || Infinity,
        );
        return Math.max(...bottoms) - innerHeight;
      }, needed);
      if (below > 0) missing[lang] = Math.ceil(below);
    }
    expect(missing, 'pixels below the edge').toEqual({});
  });
}
