/** The commands: one line per member, in the order of the help text. */
import type { CommandDefinition } from "./command.ts";
import { cite } from "./commands/cite.ts";
import { doctor } from "./commands/doctor.ts";
import { evaluate } from "./commands/evaluate.ts";
import { list } from "./commands/list.ts";
import { reproduce } from "./commands/reproduce.ts";
import { train } from "./commands/train.ts";

export const commands: readonly CommandDefinition[] = [reproduce, train, evaluate, list, cite, doctor];
