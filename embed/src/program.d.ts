// What this folder uses of the program's glue, which the build makes.

/** Starts the program. */
export default function start(from: { module_or_path: URL }): Promise<unknown>;

/** Mounts a payment into `root`, or nothing where the texts are not what the gateway sends. */
export function mount(
  root: HTMLElement,
  presentation: string,
  state: string,
  at: number,
  gateway: string,
  leave: () => void,
): { free(): void } | undefined;
