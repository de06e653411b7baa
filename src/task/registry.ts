/** The registry of tasks: one line per member. */
import { registry } from "../core/registry.ts";
import type { TaskDefinition } from "./contract.ts";
import { ecg5000 } from "./ecg5000.ts";
import { functionApproximation } from "./function-approximation.ts";
import { maze } from "./maze.ts";
import { mnistRows } from "./mnist-rows.ts";
import { mnistSequential } from "./mnist-sequential.ts";
import { multitask } from "./multitask.ts";
import { pathIntegration } from "./path-integration.ts";
import { regulator } from "./regulator.ts";
import { table } from "./table.ts";

export const tasks = registry<TaskDefinition>("task", [
  functionApproximation,
  regulator,
  pathIntegration,
  maze,
  mnistRows,
  mnistSequential,
  ecg5000,
  table,
  multitask,
]);
