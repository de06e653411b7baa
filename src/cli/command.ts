/** What a command is. */
import { constants } from "node:os";
import type { Command } from "commander";

/** How a process ends. An interrupted one ends as the system's convention has it: 128 and the number of the signal. */
export const exitCodes = {
  ok: 0,
  /** It could not be done: damaged data, a run that crashed, a defect. */
  failed: 1,
  /** The command line or a specification breaks a rule. */
  misuse: 2,
  /** This machine lacks something: data that cannot be had, a back end; or an analysis does not apply to a network. */
  missing: 3,
  /** SIGINT, SIGTERM. */
  interrupted: 130,
  terminated: 143,
  /** SIGUSR1, which has another number on macOS. */
  announced: (128 + constants.signals.SIGUSR1) as 138 | 158,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface CommandDefinition {
  readonly name: string;
  /** One line of the overview. */
  readonly summary: string;
  /** Command lines with what they do, shown at the end of the help. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** Adds arguments and options, and what is done with them. */
  define(command: Command, act: Act): void;
}

/** Commands under a common first word. */
export interface CommandFamily extends Omit<CommandDefinition, "define"> {
  readonly members: readonly CommandDefinition[];
}

/** Registers the action of a command. */
export type Act = <Parameters extends unknown[]>(action: (...parameters: Parameters) => Promise<ExitCode>) => void;
