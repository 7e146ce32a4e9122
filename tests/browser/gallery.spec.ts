// Every state of the page looks as it was accepted to look. `cargo xtask test browser gallery
// --update-snapshots` accepts how it looks now.

import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, test } from './fixtures';
import { DIRECTIONS, states, THEMES } from './states';

const GALLERY = fileURLToPath(new URL('gallery/', import.meta.url));

test.use({ deviceScaleFactor: 1 });

for (const theme of THEMES) {
  for (const [direction, lang] of Object.entries(DIRECTIONS)) {
    test(`every state looks as accepted: ${theme}, ${direction}`, async ({
      demo,
      page,
    }, { config, project }) => {
      test.setTimeout(300_000);
      const accepted = `${GALLERY}${project.name}/${theme}-${direction}`;
      const isAccepting = config.updateSnapshots !== 'none';
      test.skip(!isAccepting && !existsSync(accepted), 'no pictures have been accepted');

      const all = await states(page, demo, { lang, theme });
      for (const { name, url } of all) {
        await page.goto(url);
        await expect.soft(page.getByRole('article')).toHaveScreenshot(
          [`${theme}-${direction}`, `${name}.png`],
          { maxDiffPixelRatio: 0.001 },
        );
      }
      const expected = all.map(({ name }) => `${name}.png`).sort();
      expect(readdirSync(accepted).sort(), 'a picture for each state').toEqual(expected);
    });
  }
}
