// Every state of the page looks as it was accepted to look. `cargo xtask test browser gallery
// --update-snapshots` accepts how it looks now.

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, test } from './fixtures';
import { DIRECTIONS, states, THEMES } from './states';

const GALLERY = fileURLToPath(new URL('gallery/', import.meta.url));

test.use({
  deviceScaleFactor: 1,
  // Where a picture is higher than the window, a phone loses its touch screen while it is taken.
  viewport: ({ viewport }, use) => use({ ...viewport!, height: 2_400 }),
});

for (const theme of THEMES) {
  for (const [direction, lang] of Object.entries(DIRECTIONS)) {
    test(`every state looks as accepted: ${theme}, ${direction}`, async ({
      demo,
      page,
    }, { project }) => {
      test.setTimeout(300_000);
      const folder = `${project.name}-${theme}-${direction}`;
      const taken = [];
      for (const { name, url } of await states(page, demo, { lang, theme })) {
        await page.goto(url);
        // Of a page with open help, the help is what differs. Some is only for phones, or never.
        const shown = page.locator(url.includes('#') ? 'details:has(> :target)' : 'article');
        if (!(await shown.isVisible())) continue;
        const picture = `${name}.png`;
        await expect.soft(shown).toHaveScreenshot([folder, picture], { maxDiffPixels: 200 });
        taken.push(picture);
      }
      expect(readdirSync(GALLERY + folder).sort(), 'each has its state').toEqual(taken.sort());
    });
  }
}
