// The reference for developers, made by the gateway: for everyone, at any width, without a script.

import { expect, expectAccessible, test } from './fixtures';

test('axe finds nothing in the reference, in both colour schemes', async ({ demo, page }) => {
  // Thousands of elements: one page of them is enough, and the other has the same style.
  await page.goto(`${demo.baseUrl}/docs`);
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto(`${demo.baseUrl}/docs/errors`);
  await expectAccessible(page);
});

test('nothing of the reference is wider than the screen', async ({ demo, page }) => {
  for (const path of ['/docs', '/docs/errors']) {
    await page.goto(demo.baseUrl + path);
    const isWider = () => document.documentElement.scrollWidth > window.innerWidth;
    expect(await page.evaluate(isWider), path).toBe(false);
  }
});

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
