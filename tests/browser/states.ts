// The states of the page, from the demo's list of them.

import type { Page } from '@playwright/test';

import type { Demo } from './demo.mjs';

export type State = { name: string; url: string };

export const THEMES = ['light', 'dark'] as const;

/** A language of each direction. */
export const DIRECTIONS = { ltr: 'en', rtl: 'ar' } as const;

export async function states(
  page: Page,
  demo: Demo,
  { lang, theme = 'light' }: { lang: string; theme?: string },
): Promise<State[]> {
  await page.goto(`${demo.baseUrl}/demo/states?lang=${lang}&theme=${theme}`);
  const links = page.locator('#states a');
  return links.evaluateAll((all) =>
    all.map((link) => ({ name: link.textContent!, url: (link as HTMLAnchorElement).href })),
  );
}
