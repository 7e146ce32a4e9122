// A receipt on paper: dark on light whatever the screen was, on one page, nothing cut off, and the
// explorer's link readable.

import { expect, test } from './fixtures';
import { brightness } from './pixels';
import { DIRECTIONS } from './states';

/** A4 between the browser's margins, in CSS pixels. */
const PAPER = { width: 718, height: 1_046 };

for (const [direction, lang] of Object.entries(DIRECTIONS)) {
  test(`a printed receipt fits: ${direction}`, async ({ demo, page, isMobile }) => {
    test.skip(isMobile, 'paper is the same');
    await page.setViewportSize(PAPER);
    await page.emulateMedia({ media: 'print' });
    await page.goto(`${demo.baseUrl}/demo/states/paid-receipt?lang=${lang}&theme=dark`);
    const link = page.locator('#explorer');
    await expect(link).toBeVisible();
    expect(await brightness(page.getByRole('article'))).toBeGreaterThan(0.8);
    const { excess, lines } = await link.evaluate((link) => {
      const { scrollWidth, clientWidth } = document.documentElement;
      const line = parseFloat(getComputedStyle(link).lineHeight);
      const height = link.getBoundingClientRect().height;
      return { excess: scrollWidth - clientWidth, lines: Math.floor(height / line) };
    });
    expect(excess, 'pixels over the edge').toBe(0);
    // Its text, and its address below.
    expect(lines, 'lines of the link').toBeLessThanOrEqual(2);
    await expect(page.getByRole('button')).toHaveCount(0);
    const { y, height } = (await page.getByRole('article').boundingBox())!;
    expect(y + height, 'on one page').toBeLessThanOrEqual(PAPER.height);
  });
}
