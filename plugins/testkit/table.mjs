// Writes the table of docs/plugins.md from the records of the scenarios. It fails where that changes the table, so
// that no run goes by whose result differs from what is promised.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';

const BEGIN = '<!-- The table begins: plugins/testkit/table.mjs writes it. -->';
const END = '<!-- The table ends. -->';

const at = (path) => new URL(path, import.meta.url);
const read = (path) => readFileSync(at(path), 'utf8');

const scenarios = JSON.parse(read('scenarios.json'));
const records = readdirSync(at('records'))
  .sort()
  .map((file) => JSON.parse(read(`records/${file}`)));

const notes = [];
const rows = records.map(({ name, version, on, isReal, passed, notApplicable }) => {
  const without = Object.entries(notApplicable);
  for (const [number, why] of without) notes.push(`- ${name}, ${number}: ${why}`);
  const missing = scenarios
    .map((_, index) => index + 1)
    .filter((number) => !passed.includes(number) && !Object.hasOwn(notApplicable, number));
  const cells = [
    name,
    isReal ? version : `a double of ${version}`,
    on,
    ranges(passed),
    ranges(without.map(([number]) => Number(number))),
    ranges(missing),
  ];
  return `| ${cells.join(' | ')} |`;
});

const table = [
  BEGIN,
  '',
  '| Platform | Version | On | Pass | Do not apply | Not proven |',
  '|---|---|---|---|---|---|',
  ...rows,
  '',
  'The scenarios:',
  '',
  ...scenarios.map((title, index) => `${index + 1}. ${title}.`),
  '',
  ...(notes.length > 0 ? ['These do not apply:', '', ...notes, ''] : []),
  END,
].join('\n');

const path = '../../docs/plugins.md';
const before = read(path);
const [head, rest] = before.split(BEGIN);
const after = `${head}${table}${rest.split(END)[1]}`;
if (after !== before) {
  writeFileSync(at(path), after);
  console.error('docs/plugins.md had another table of scenarios: look at it, and commit the new one');
  process.exitCode = 1;
}

/** `1–3, 5` for the numbers 1, 2, 3 and 5. */
function ranges(numbers) {
  const parts = [];
  for (const number of [...numbers].sort((one, other) => one - other)) {
    const last = parts.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ') || '–';
}
