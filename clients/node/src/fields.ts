// What came as JSON, read field by field into its types.

import { isDecimal } from './amount.js';

export type JsonObject = { readonly [name: string]: unknown };

/** A field has another form than it must have. */
export class Malformed extends Error {}

const DATE = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;
const DIGITS = /^[0-9]{1,16}$/;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A payment's ID of up to 53 bits, as text, or `null`. */
export function parsePaymentId(value: unknown): string | null {
  const id = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? String(id) : null;
}

/** `2026-07-01 18:00:00` and RFC 3339, both UTC. */
function parseDate(value: unknown): Date | null {
  if (typeof value !== 'string') return null;
  if (!DATE.test(value) && !RFC_3339.test(value)) return null;
  const date = new Date(DATE.test(value) ? `${value.replace(' ', 'T')}Z` : value);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** An object's fields. Those read with `optional…` are `null` where they are absent or `null`. */
export class Fields {
  readonly raw: JsonObject;

  constructor(value: unknown) {
    if (!isObject(value)) throw new Malformed('an object is expected');
    this.raw = value;
  }

  text(name: string): string {
    return this.#required(name, this.optionalText(name));
  }

  optionalText(name: string): string | null {
    return this.#read(name, 'text', (value) => (typeof value === 'string' ? value : null));
  }

  decimal(name: string): string {
    return this.#required(name, this.optionalDecimal(name));
  }

  optionalDecimal(name: string): string | null {
    return this.#read(name, 'decimal text', (value) => (isDecimal(value) ? value : null));
  }

  paymentId(name = 'payment_id'): string {
    return this.#required(name, this.optionalPaymentId(name));
  }

  optionalPaymentId(name = 'payment_id'): string | null {
    return this.#read(name, 'a payment ID', parsePaymentId);
  }

  date(name: string): Date {
    return this.#required(name, this.optionalDate(name));
  }

  optionalDate(name: string): Date | null {
    return this.#read(name, 'a time in UTC', parseDate);
  }

  integer(name: string): number {
    return this.#required(name, this.optionalInteger(name));
  }

  optionalInteger(name: string): number | null {
    return this.#read(name, 'a whole number', (value) =>
      typeof value === 'number' && Number.isSafeInteger(value) ? value : null,
    );
  }

  /** Absent is `false`. */
  flag(name: string): boolean {
    const read = (value: unknown) => (typeof value === 'boolean' ? value : null);
    return this.#read(name, 'true or false', read) ?? false;
  }

  object(name: string): Fields {
    return this.#required(name, this.optionalObject(name));
  }

  optionalObject(name: string): Fields | null {
    return this.#read(name, 'an object', (value) => (isObject(value) ? new Fields(value) : null));
  }

  objects(name: string): Fields[] {
    return this.#list(name, (value) => (isObject(value) ? new Fields(value) : null));
  }

  texts(name: string): string[] {
    return this.#list(name, (value) => (typeof value === 'string' ? value : null));
  }

  /** Texts under names, or `null`. */
  optionalTexts(name: string): Record<string, string> | null {
    const fields = this.optionalObject(name);
    if (!fields) return null;
    return Object.fromEntries(Object.keys(fields.raw).map((key) => [key, fields.text(key)]));
  }

  #list<T>(name: string, parse: (value: unknown) => T | null): T[] {
    const list = this.#required(
      name,
      this.#read(name, 'a list', (value) => (Array.isArray(value) ? (value as unknown[]) : null)),
    );
    return list.map((value) => this.#required(name, parse(value)));
  }

  #read<T>(name: string, form: string, parse: (value: unknown) => T | null): T | null {
    const value = Object.hasOwn(this.raw, name) ? this.raw[name] : undefined;
    if (value === undefined || value === null) return null;
    const parsed = parse(value);
    if (parsed === null) throw new Malformed(`${name} must be ${form}`);
    return parsed;
  }

  #required<T>(name: string, value: T | null): T {
    if (value === null) throw new Malformed(`${name} is missing`);
    return value;
  }
}
