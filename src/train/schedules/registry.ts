import { registry } from "../../core/registry.ts";
import { constant } from "./constant.ts";
import { cosine } from "./cosine.ts";
import { step } from "./step.ts";

export const schedules = registry("schedule", [constant, step, cosine]);
