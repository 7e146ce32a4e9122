// Firefox, as the machine has it, in the place of the project's browser: Playwright drives it by
// WebDriver BiDi, which Firefox speaks itself, and needs neither a driver nor a build of its own.

export const FIREFOX = {
  browserName: 'firefox',
  // What has it speak WebDriver BiDi.
  channel: 'moz-firefox',
  launchOptions: {
    executablePath: process.env.FIREFOX,
    // A click takes a mouse's way, through the browser, or else it would end at the edge of a frame.
    firefoxUserPrefs: { 'remote.events.async.mouse.enabled': true },
  },
  // By its own name: a mere `undefined` would leave that of the project's browser.
  userAgent: ({}, use) => use(undefined),
};
