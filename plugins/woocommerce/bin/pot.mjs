// Writes the texts to translate into languages, for translators. It needs gettext.
//
//   node pot.mjs

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const plugin = fileURLToPath(new URL('..', import.meta.url));
const NAME = 'usdt-checkout-for-woocommerce';
const target = `languages/${NAME}.pot`;

const files = readdirSync(`${plugin}/src`).sort().map((name) => `src/${name}`);
const keywords = ['__:1', 'esc_html__:1', 'esc_html_e:1'].map((keyword) => `--keyword=${keyword}`);
execFileSync(
  'xgettext',
  ['--language=PHP', '--from-code=UTF-8', '--add-comments=translators', '--no-wrap', '--keyword', ...keywords, '-o', target, ...files],
  { cwd: plugin, stdio: 'inherit' },
);
// The day on which it was made would make each file another one.
const text = readFileSync(`${plugin}/${target}`, 'utf8');
const header = `# The texts of USDT Checkout for WooCommerce.
msgid ""
msgstr ""
"Project-Id-Version: ${NAME}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"X-Domain: ${NAME}\\n"
`;
writeFileSync(`${plugin}/${target}`, header + text.slice(text.indexOf('\n\n')));
