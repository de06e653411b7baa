/** Ctrl-C and SIGTERM: the first asks to stop and save, the second stops at once. */
import { type ExitCode, exitCodes } from "./command.ts";
import { remark } from "./output.ts";

export interface Interrupt {
  readonly signal: AbortSignal;
  /** What to end with; undefined when nothing came. */
  exitCode(): ExitCode | undefined;
  /** Gives the signals back to the system. */
  release(): void;
}

const codes = { SIGINT: exitCodes.interrupted, SIGTERM: exitCodes.terminated } as const;

/** @param notice said at the first signal */
export function watchInterrupt(notice: string): Interrupt {
  const controller = new AbortController();
  let code: ExitCode | undefined;
  const listeners = (Object.keys(codes) as (keyof typeof codes)[]).map((name) => {
    const listener = (): void => {
      if (code !== undefined) process.exit(codes[name]);
      code = codes[name];
      remark(`\n${notice}`);
      controller.abort();
    };
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  return {
    signal: controller.signal,
    exitCode: () => code,
    release: () => {
      for (const release of listeners) release();
    },
  };
}
