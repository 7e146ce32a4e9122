import { defineConfig, devices } from '@playwright/test';

import { CHROMIUM_ENV, CHROMIUM_FLAGS } from './chromium.mjs';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

export default defineConfig({
  testMatch: '*.spec.ts',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  reporter: 'list',
  // Far longer than anything takes, also on a slow machine: what never comes fails a test in the end.
  timeout: 240_000,
  expect: { timeout: 45_000 },
  snapshotPathTemplate: '{testDir}/gallery/{arg}{ext}',
  updateSnapshots: 'none',
  forbidOnly: Boolean(process.env.CI),
  use: {
    launchOptions: {
      executablePath: process.env.CHROME,
      args: CHROMIUM_FLAGS,
      env: CHROMIUM_ENV,
    },
    locale: 'en-GB',
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
  projects: [
    { name: 'phone', use: { ...phone, deviceScaleFactor: 2 } },
    { name: 'desktop', use: { ...devices['Desktop Chrome'] } },
  ],
});
