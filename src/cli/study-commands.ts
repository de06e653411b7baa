/** The commands of `noisy-rnn study`: one line per member, in the order of the help text. */
import type { CommandDefinition } from "./command.ts";
import { cancel } from "./study-commands/cancel.ts";
import { check } from "./study-commands/check.ts";
import { explain } from "./study-commands/explain.ts";
import { plan } from "./study-commands/plan.ts";
import { run } from "./study-commands/run.ts";
import { status } from "./study-commands/status.ts";
import { verify } from "./study-commands/verify.ts";
import { watch } from "./study-commands/watch.ts";
import { work } from "./study-commands/work.ts";

export const studyCommands: readonly CommandDefinition[] = [
  explain,
  plan,
  run,
  status,
  watch,
  check,
  verify,
  cancel,
  work,
];
