// The simulated TRON node, moved by command: while it is paused, nothing happens on the chain
// that a test has not asked for.

/** Blocks on top of a transfer that make it final. */
export const CONFIRMATIONS = 19;

const BLOCK_SECONDS = 3;

export class Chain {
  #url;

  constructor(url) {
    this.#url = url;
  }

  /** Where clients find the node. */
  get url() {
    return this.#url;
  }

  /** Hands in a transfer, which the next block takes. Returns its transaction ID. */
  async transfer(to, amount) {
    const { txid } = await this.#command('transfer', { to, amount });
    return txid;
  }

  /** Pays a payment exactly, and mines the block. */
  async pay(payment) {
    const txid = await this.transfer(payment.address, payment.pay_amount);
    await this.mine(1);
    return txid;
  }

  /** Pays a payment exactly and makes it final. */
  async settle(payment) {
    const txid = await this.pay(payment);
    await this.mine(CONFIRMATIONS);
    return txid;
  }

  /** Lets the time to pay pass, beyond doubt. */
  async passDeadline(payment) {
    const { now } = await this.status();
    const deadline = Date.parse(`${payment.expires_at.replace(' ', 'T')}Z`);
    const blocks = Math.ceil((deadline - Date.parse(now)) / 1000 / BLOCK_SECONDS);
    // One more for the part of a second that the published deadline leaves out.
    await this.mine(Math.max(blocks, 0) + 1 + CONFIRMATIONS + 1);
  }

  /** Gives an account TRX (in `sun`), `energy`, `bandwidth` and `usdt`, the last by the next block. */
  fund(to, what) {
    return this.#command('fund', { to, ...what });
  }

  /** From now on those who sign need an account, bandwidth, energy and tokens. */
  enforceFunds() {
    return this.#command('rules', { funds: true });
  }

  mine(blocks) {
    return this.#command('mine', { blocks });
  }

  pause() {
    return this.#command('pause', {});
  }

  async status() {
    const answer = await fetch(`${this.#url}/dev/status`);
    return answer.json();
  }

  async #command(name, body) {
    const answer = await fetch(`${this.#url}/dev/${name}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const result = await answer.json();
    if (!result.ok) throw new Error(`${name}: ${result.error}`);
    return result;
  }
}
