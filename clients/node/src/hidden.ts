// Keeps an object's insides out of console.log, util.inspect and JSON.

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

export abstract class Hidden {
  /** What of it may be seen. */
  abstract toJSON(): Record<string, unknown>;

  [INSPECT](): string {
    return `${this.constructor.name} ${JSON.stringify(this.toJSON())}`;
  }
}
