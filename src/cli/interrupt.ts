/**
 * Ctrl-C, SIGTERM and SIGUSR1, by which batch systems announce the end of a job: the first asks to stop and save, a later
 * one stops at once.
 *
 * Node opens a port for debuggers at a SIGUSR1 that nobody listens to, so whoever may get one listens from the start.
 */
import { type ExitCode, exitCodes } from "./command.ts";
import { remark } from "./output.ts";

export interface Interrupt {
  readonly signal: AbortSignal;
  /** What to end with; undefined when nothing came. */
  exitCode(): ExitCode | undefined;
  /** Gives the signals back to the system. */
  release(): void;
}

/** How an interrupt reaches the process. */
export interface InterruptSurroundings {
  readonly process: Pick<NodeJS.Process, "on" | "off"> & { exit(code: number): void };
  /** Milliseconds. */
  now(): number;
  say(text: string): void;
}

const codes = {
  SIGINT: exitCodes.interrupted,
  SIGTERM: exitCodes.terminated,
  SIGUSR1: exitCodes.announced,
} as const;

/**
 * Milliseconds in which further signals count as the first: a terminal signals the whole group of processes and npm
 * passes its own on besides, so that one Ctrl-C arrives as several.
 */
const echoPause = 1000;

/** @param notice said at the first signal */
export function watchInterrupt(
  notice: string,
  { process: owner, now, say }: InterruptSurroundings = { process, now: () => performance.now(), say: remark },
): Interrupt {
  const controller = new AbortController();
  let first: { readonly code: ExitCode; readonly at: number } | undefined;
  const listeners = (Object.keys(codes) as (keyof typeof codes)[]).map((name) => {
    const listener = (): void => {
      if (first !== undefined) {
        if (now() - first.at >= echoPause) owner.exit(codes[name]);
        return;
      }
      first = { code: codes[name], at: now() };
      say(`\n${notice}`);
      controller.abort();
    };
    owner.on(name, listener);
    return () => owner.off(name, listener);
  });
  return {
    signal: controller.signal,
    exitCode: () => first?.code,
    release: () => {
      for (const release of listeners) release();
    },
  };
}
