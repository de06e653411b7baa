/** The executors: one line per member. */
import { registry } from "../../../core/registry.ts";
import type { Executor } from "./contract.ts";
import { local } from "./local.ts";
import { shell } from "./shell.ts";
import { slurm } from "./slurm.ts";

export const executors = registry<Executor>("executor", [local, slurm, shell]);
