/** An error as one paragraph for people and an exit code for programs. */
import { type ExitCode, exitCodes } from "./command.ts";

/** Writes an error to standard error; its stack too when NOISY_RNN_DEBUG is 1. */
export function complain(error: unknown): ExitCode {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${paragraph(message)}\n`);
  if (process.env.NOISY_RNN_DEBUG === "1") process.stderr.write(`${stack}\n`);
  else if (!expected.includes(name)) process.stderr.write("NOISY_RNN_DEBUG=1 shows where it happened.\n");
  return exitCodeOf(name);
}

const misuse: readonly string[] = ["ParameterError", "SpecError", "ShapeError"];
/** Classes whose message says all there is to say. */
const expected: readonly string[] = [...misuse, "CapabilityError", "FormatError", "MachineError"];

/** @param errorName class of the error: it may come from another thread, where classes are others */
export function exitCodeOf(errorName: string): ExitCode {
  if (errorName === "CapabilityError") return exitCodes.missing;
  return misuse.includes(errorName) ? exitCodes.misuse : exitCodes.failed;
}

/** Text without empty lines, with "error: " in front. */
export function paragraph(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return `error: ${lines.join("\n").replace(/^error: /, "")}`;
}
