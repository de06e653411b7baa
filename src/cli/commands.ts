/** The commands: one line per member, in the order of the help text. */
import type { CommandDefinition, CommandFamily } from "./command.ts";
import { analyse } from "./commands/analyse.ts";
import { cite } from "./commands/cite.ts";
import { doctor } from "./commands/doctor.ts";
import { evaluate } from "./commands/evaluate.ts";
import { exportRuns } from "./commands/export.ts";
import { list } from "./commands/list.ts";
import { query } from "./commands/query.ts";
import { report } from "./commands/report.ts";
import { reproduce } from "./commands/reproduce.ts";
import { study } from "./commands/study.ts";
import { table } from "./commands/table.ts";
import { train } from "./commands/train.ts";
import { trial } from "./commands/trial.ts";

export const commands: readonly (CommandDefinition | CommandFamily)[] = [
  reproduce,
  study,
  report,
  train,
  evaluate,
  analyse,
  query,
  table,
  exportRuns,
  trial,
  list,
  cite,
  doctor,
];
