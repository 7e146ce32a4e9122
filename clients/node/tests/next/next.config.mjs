// The package is linked from two folders above.

import { fileURLToPath } from 'node:url';

export default { outputFileTracingRoot: fileURLToPath(new URL('../..', import.meta.url)) };
