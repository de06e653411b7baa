/** What a user writes of a run, and its outline. */
import { z } from "zod";
import type { NetworkOptions } from "../network/contract.ts";
import type { TrainOptionsInput } from "../train/options.ts";
import type { EvaluationSpec } from "./spec.ts";

/** The sweep of the trained network at test. */
export const evaluationSchema = z.strictObject({
  site: z.string().optional().describe("the noise source that is varied, one of network.noise"),
  intensities: z
    .array(z.number().min(0).describe("0 is silence"))
    .min(1)
    .optional()
    .describe("for example [0, 0.25, 0.5]"),
  trials: z.int().min(1).optional().describe("trials of the test split"),
  repeats: z.int().min(1).optional().describe("noise draws per trial, 16 is the default"),
  analyses: z
    .array(z.union([z.string(), z.looseObject({ name: z.string() })]))
    .optional()
    .describe("questions to the trained network, for example [{ name: preference, repeats: 64 }]"),
});

/** Lies below what a file says itself; it is worked in before the rest is looked into. */
export const presetSchema = z
  .union([z.string(), z.looseObject({ name: z.string() })])
  .optional()
  .describe("task, network and training by name, for example lipschitz-ordered-mnist; noisy-rnn list presets");

/** The outline of a run file; what stands inside `network`, `training` and a task is checked by those that own it. */
export const runSchema = z.strictObject({
  preset: presetSchema,
  task: z
    .union([z.string(), z.looseObject({ name: z.string() })])
    .describe("for example function-approximation; noisy-rnn list tasks shows all"),
  network: z.looseObject({}).default({}).describe("for example { cell: ctrnn, hiddenSize: 64 }"),
  training: z.looseObject({}).default({}).describe("for example { updates: 2000, learningRate: 0.003 }"),
  evaluation: evaluationSchema.nullable().default({}).describe("null switches it off"),
  precision: z.enum(["float32", "float64"]).default("float32").describe("float32 is the default"),
  seed: z.int().min(0).default(0).describe("0 is the default"),
});

/** What a user writes: a task, and any part of the rest. */
export interface RunInput {
  /** A member of `presets`, with its options; whatever else is written wins over what it says. */
  readonly preset?: string | ({ readonly name: string } & Readonly<Record<string, unknown>>);
  readonly task: string | ({ readonly name: string } & Readonly<Record<string, unknown>>);
  /** Input and output sizes follow from the task. */
  readonly network?: Partial<Omit<NetworkOptions, "inputSize" | "outputSize">>;
  readonly training?: TrainOptionsInput;
  /** null: trained and not judged. */
  readonly evaluation?:
    | (Partial<Omit<EvaluationSpec, "analyses"> & { readonly site: string }> & {
        readonly analyses?: readonly (string | ({ readonly name: string } & Readonly<Record<string, unknown>>))[];
      })
    | null;
  readonly precision?: "float32" | "float64";
  readonly seed?: number;
}
