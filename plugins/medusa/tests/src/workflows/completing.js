// What a test lets happen while a cart is being completed: the process dies, or it stands still for a while.

const { existsSync, rmSync } = require('node:fs');
const { setTimeout } = require('node:timers/promises');

const { completeCartWorkflow } = require('@medusajs/medusa/core-flows');

completeCartWorkflow.hooks.validate(async () => {
  const { CRASH_FILE, PAUSE_FILE } = process.env;
  while (existsSync(PAUSE_FILE)) await setTimeout(20);
  if (!existsSync(CRASH_FILE)) return;
  rmSync(CRASH_FILE);
  process.kill(process.pid, 'SIGKILL');
});
