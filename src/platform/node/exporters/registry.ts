/** The registry of exporters: one line per member. */
import { registry } from "../../../core/registry.ts";
import type { Exporter } from "./contract.ts";
import { mlflow } from "./mlflow.ts";
import { tensorboard } from "./tensorboard.ts";

export const exporters = registry<Exporter>("export format", [mlflow, tensorboard]);
