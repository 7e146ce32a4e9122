// Tests that prove scenarios, and the record of those that passed.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const SCENARIOS = JSON.parse(readFileSync(new URL('scenarios.json', import.meta.url), 'utf8'));

const failed = new Set();
const passed = new Set();
const without = {};
let platform;

/**
 * Says what the scenarios run on: `name` and `version` of the platform, `on` what else matters (database, mode),
 * `isReal` where it is no double, and `file` the record's name.
 */
export function runsOn(facts) {
  platform = facts;
}

/** A test whose title begins with the numbers of the scenarios it proves: `12, 13: another total …`. */
export function scenario(title, ...rest) {
  const prove = rest.pop();
  const numbers = numbersOf(title);
  return test(title, ...rest, async (context) => {
    try {
      await prove(context);
    } catch (error) {
      for (const number of numbers) failed.add(number);
      throw error;
    }
    for (const number of numbers) passed.add(number);
  });
}

/** Says of scenarios why the platform has nothing of the kind: `9, 10: Vendure …`. */
export function notApplicable(title) {
  for (const number of numbersOf(title)) without[number] = title.slice(title.indexOf(':') + 2);
}

function numbersOf(title) {
  const numbers = /^[\d, ]+(?=: )/.exec(title)?.[0].split(', ').map(Number) ?? [];
  if (numbers.length === 0 || !numbers.every((number) => SCENARIOS[number - 1]))
    throw new Error(`no scenario: ${title}`);
  return numbers;
}

process.on('exit', () => {
  const folder = process.env.SCENARIO_RECORDS;
  if (!folder || !platform) return;
  const { file, ...facts } = platform;
  const record = {
    ...facts,
    passed: [...passed].filter((number) => !failed.has(number)).sort((one, other) => one - other),
    notApplicable: without,
  };
  writeFileSync(join(folder, `${file}.json`), `${JSON.stringify(record, null, 2)}\n`);
});
