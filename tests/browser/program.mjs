// Programs that the tests run beside the browser: each is ready when it says so, and is stopped
// at the end.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The gateway to test: the build that `cargo xtask` names, or else the debug build. */
export const GATEWAY =
  process.env.USDT_GATEWAY ??
  fileURLToPath(new URL('../../target/debug/usdt-gateway', import.meta.url));

export class Program {
  #child;

  /**
   * Starts a program and returns it once it has printed what `ready` matches; the match is
   * `program.ready`.
   */
  static async start(command, args, ready) {
    const program = new Program();
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    program.#child = child;
    program.output = '';
    program.ready = await new Promise((resolve, reject) => {
      const read = (data) => {
        program.output += data;
        const match = ready.exec(program.output);
        if (match) resolve(match);
      };
      child.stdout.setEncoding('utf8').on('data', read);
      child.stderr.setEncoding('utf8').on('data', read);
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        reject(new Error(`${command} ended (${code ?? signal}):\n${program.output}`));
      });
    });
    return program;
  }

  /** Closes the pipes that the program writes to. */
  turnAway() {
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
  }

  /** Lets it stand still, as it is. */
  suspend() {
    this.#child.kill('SIGSTOP');
  }

  resume() {
    this.#child.kill('SIGCONT');
  }

  stop() {
    return this.#end('SIGTERM');
  }

  /** Ends it as a lost machine does. */
  kill() {
    return this.#end('SIGKILL');
  }

  async #end(signal) {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    // A program that stands still hears no other signal.
    this.resume();
    await exited;
  }
}

/** Runs a program to its end and returns what it printed. */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (data) => (output += data));
  child.stderr.setEncoding('utf8').on('data', (data) => (errors += data));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output}${errors}`);
  return output;
}
