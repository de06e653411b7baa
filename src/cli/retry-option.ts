/** `--retry`, of all commands that make runs. */
import { InvalidArgumentError, Option } from "commander";
import { retryKinds } from "../platform/node/executors/contract.ts";
import { collected } from "./options.ts";

export function retryOption(): Option {
  return new Option(
    "--retry <which>",
    `make complete runs again: "failed" ones, or "outdated" ones, which other software made (repeatable)`,
  )
    .argParser((text: string, before: readonly string[]) => {
      if ((retryKinds as readonly string[]).includes(text)) return collected(text, before);
      throw new InvalidArgumentError(`It must be one of ${retryKinds.join(", ")}, got "${text}".`);
    })
    .default([], "none");
}
