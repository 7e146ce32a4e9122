// The version of this package, as the User-Agent says it.

export const VERSION = '1.0.0';
