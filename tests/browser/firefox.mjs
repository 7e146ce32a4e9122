// Firefox, as the machine has it, in the place of the project's browser: Playwright drives it by
// WebDriver BiDi, which Firefox speaks itself, and needs neither a driver nor a build of its own.
// A click in a frame of another site does not get there: it ends at the edge of the frame.

export const FIREFOX = {
  browserName: 'firefox',
  // What has it speak WebDriver BiDi.
  channel: 'moz-firefox',
  launchOptions: {
    executablePath: process.env.FIREFOX,
    // A pointer that is fine and hovers: a machine without a mouse would be taken for a phone.
    firefoxUserPrefs: { 'ui.primaryPointerCapabilities': 6, 'ui.allPointerCapabilities': 6 },
  },
  // By its own name: a mere `undefined` would leave that of the project's browser.
  userAgent: ({}, use) => use(undefined),
};
