/** An error as one paragraph for people and an exit code for programs. */
import { CapabilityError, InternalError, ParameterError, ShapeError, SpecError } from "../core/errors.ts";
import { type ExitCode, exitCodes } from "./command.ts";

/** Writes an error to standard error; its stack too when NOISY_RNN_DEBUG is 1. */
export function complain(error: unknown): ExitCode {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${paragraph(`error: ${message}`)}\n`);
  if (process.env.NOISY_RNN_DEBUG === "1" && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  else if (isDefect(error)) process.stderr.write("NOISY_RNN_DEBUG=1 shows where it happened.\n");
  return exitCodeOf(error);
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CapabilityError) return exitCodes.missing;
  if (error instanceof ParameterError || error instanceof SpecError || error instanceof ShapeError) return exitCodes.misuse;
  return exitCodes.failed;
}

/** An error that no rule foresaw. */
function isDefect(error: unknown): boolean {
  return error instanceof InternalError || (error instanceof Error && error.name !== "FormatError" && exitCodeOf(error) === 1);
}

/** Text with "error: " in front, without empty lines. */
export function paragraph(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const whole = lines.join("\n").trimEnd();
  return whole.startsWith("error: ") ? whole : `error: ${whole}`;
}
