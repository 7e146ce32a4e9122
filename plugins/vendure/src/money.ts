// Amounts as decimal text, from Vendure's whole numbers.

const DECIMAL = /^[0-9]+(\.[0-9]+)?$/;

export function isDecimal(text: string): boolean {
  return DECIMAL.test(text);
}

/** Vendure's `620` with two decimals is `6.20`. */
export function decimal(value: number, decimals: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${value} is no amount`);
  return write(BigInt(value), decimals);
}

export function add(left: string, right: string): string {
  const decimals = Math.max(decimalsOf(left), decimalsOf(right));
  return write(read(left, decimals) + read(right, decimals), decimals);
}

function decimalsOf(amount: string): number {
  return amount.split('.')[1]?.length ?? 0;
}

function read(amount: string, decimals: number): bigint {
  return BigInt(amount.replace('.', '') + '0'.repeat(decimals - decimalsOf(amount)));
}

function write(units: bigint, decimals: number): string {
  const digits = units.toString().padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  return decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
}
