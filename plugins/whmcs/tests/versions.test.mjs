// The gateway in each version of PHP that is there.

import { fileURLToPath } from 'node:url';

import { everyVersion } from '../../core-php/tests/versions.mjs';
import { build, files } from '../bin/build.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

everyVersion({
  double: at('double'),
  files: files(),
  script: at('core.php'),
  build,
});
