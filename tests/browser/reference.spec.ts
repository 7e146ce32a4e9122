// The reference for developers, made by the gateway: for everyone, at any width, without a script.

import { expect, expectAccessible, test } from './fixtures';

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('axe finds nothing in the reference, and nothing is wider than the screen', async ({
      demo,
      page,
    }) => {
      for (const path of ['/docs', '/docs/errors']) {
        await page.goto(demo.baseUrl + path);
        await expectAccessible(page);
        const widths = await page.evaluate(() => [
          document.documentElement.scrollWidth,
          window.innerWidth,
        ]);
        expect(widths[0], path).toBeLessThanOrEqual(widths[1] ?? 0);
      }
    });
  });
}

test('an error leads to its explanation, and a call to its errors', async ({ demo, page }) => {
  const refused = await (await fetch(`${demo.baseUrl}/api/v1/project`)).json();
  await page.goto(refused.docs);
  await expect(page.locator(':target')).toContainText(refused.code);
  await page.getByRole('link', { name: 'Calls' }).click();
  await page.getByRole('link', { name: 'GET /api/v1/project', exact: true }).click();
  const call = page.locator(':target');
  await expect(call).toContainText('Show the project');
  await call.getByText('Errors').click();
  await call.getByRole('link', { name: 'invalid_signature' }).click();
  await expect(page.locator(':target')).toContainText('Sign the exact bytes');
});
