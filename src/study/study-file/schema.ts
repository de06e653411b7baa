/** The outline of a study file. Its JSON Schema is published, so every key says what it is for. */
import { z } from "zod";
import { presetSchema, runSchema } from "../run-schema.ts";

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** Of what the owner of a part checks, an editor shall know the names. */
function named(keys: Readonly<Record<string, string>>): Record<string, z.ZodOptional<z.ZodUnknown>> {
  return Object.fromEntries(Object.entries(keys).map(([key, text]) => [key, z.unknown().optional().describe(text)]));
}

const networkSchema = z
  .looseObject(
    named({
      cell: "name of a cell, ctrnn is the default; noisy-rnn list cells shows all",
      hiddenSize: "units, 64 is the default",
      settings: "settings of the cell, for example { alpha: 0.2, activation: relu }",
      scheme: "how the drift of the cell is integrated, for example heun; noisy-rnn list schemes shows all",
      durations: "last-input takes the duration of each step, in units of the time step, from the last input channel",
      noise: "noise sources, for example [{ site: inside, intensity: 0.5 }]; none is the default",
      parametrisations: "by weight matrix, for example { wRec: { name: dale } }",
      initialisers: "by weight matrix, for example { wRec: { name: normal, gain: 0.9 } }",
      readout: "{ from: every or last, bias: true or false }",
    }),
  )
  .describe("for example { cell: ctrnn, hiddenSize: 64 }");

const trainingSchema = z
  .looseObject(
    named({
      updates: "updates of the weights, 2000 is the default",
      batchSize: "trials of an update, 64 is the default",
      loss: "task, the default, takes the loss that the task names",
      optimiser: "for example { name: adam }",
      learningRate: "0.003 is the default",
      learningRates: "of single arrays, for example { wRec: 0.00007 }",
      schedule: "for example { name: step, first: 0.7, factor: 0.2 }",
      warmUp: "updates of linear warm-up, 0 is the default",
      clipNorm: "largest norm of the gradient, 1 is the default; null switches it off",
      clipValue: "largest slope, null is the default",
      weightDecay: "0 is the default",
      activity: "weight of the mean squared rate in the loss, 0 is the default",
      regulariser: "for example { strength: 1 }: what the noise comes to as a penalty, in place of the noise",
      validation: "for example { every: 200, trials: 500 }; null, the default, is none",
      earlyStopping: "for example { patience: 10 }; needs validation",
      keepBest: "true keeps the weights of the best validation",
      historyEvery: "updates between two rows of the training history, 10 is the default",
    }),
  )
  .describe("for example { updates: 2000, learningRate: 0.003 }");

const conditionSchema = z
  .record(
    z.string(),
    z.union([
      scalar,
      z.array(scalar).min(1),
      z.strictObject({ not: z.union([scalar, z.array(scalar).min(1)]) }),
      z.strictObject({
        above: z.number().optional(),
        from: z.number().optional(),
        below: z.number().optional(),
        to: z.number().optional(),
      }),
    ]),
  )
  .describe(
    "columns or paths with what they must be, for example { site: inside } or { trainIntensity: { above: 0 } }",
  );

const settingsSchema = z
  .record(z.string(), z.unknown())
  .meta({ id: "settings", description: "paths with values, for example { training.updates: 500 }" });

type Axes = z.ZodType<Readonly<Record<string, unknown>>>;
const group: Axes = z.lazy(() => groupSchema);

const entrySchema = z.union([
  scalar,
  z.strictObject({
    value: z.unknown().describe("what the path is set to"),
    label: scalar.optional().describe("what stands in the column; needed when the value is a list or a mapping"),
    set: settingsSchema.optional(),
    axes: group.optional().describe("axes that only this value has"),
  }),
]);

const three = z.tuple([z.number(), z.number(), z.number()]);
const common = {
  as: z.string().optional().describe("name of the column"),
  when: conditionSchema.optional(),
};
const choiceSchema = z
  .array(entrySchema)
  .min(1)
  .meta({ id: "choice", description: "the values, for example [0.1, 0.5]" });
const valuesSchema = z
  .union([
    choiceSchema,
    z.strictObject({ choice: choiceSchema, ...common }),
    z.strictObject({
      range: three.describe("[from, to, step]; the end is included when a step falls on it"),
      ...common,
    }),
    z.strictObject({ logspace: three.describe("[from, to, count], numbers of equal ratio"), ...common }),
  ])
  .meta({ id: "values" });

/** Paths that many studies vary, for editors; any other path of a run file may stand beside them. */
const usualPaths = [
  "task",
  "cell",
  "hiddenSize",
  "noise.site",
  "noise.intensity",
  "noise.law",
  "settings.alpha",
  "settings.activation",
  "training.updates",
  "training.learningRate",
];

const groupSchema = z
  .object({
    ...Object.fromEntries(usualPaths.map((path) => [path, valuesSchema.optional()])),
    product: z.array(group).min(1).optional().describe("groups that are multiplied, the last fastest"),
    zip: z.record(z.string(), valuesSchema).optional().describe("axes whose values are paired: the first of all, ..."),
    union: z.array(group).min(1).optional().describe("groups whose points follow each other"),
    set: settingsSchema.optional(),
    when: conditionSchema.optional(),
  })
  .catchall(valuesSchema)
  .meta({ id: "axes" });

const requestSchema = z.union([z.string(), z.looseObject({ name: z.string() })]);

const expectationSchema = z.strictObject({
  analysis: z.string().describe("name of one of the study's analyses"),
  where: z.record(z.string(), scalar).default({}).describe("the row: columns with the values they must have"),
  column: z.string().describe("column of the analysis's table"),
  value: z.number().optional().describe("a number that must be met within a tolerance"),
  tolerance: z.number().min(0).optional().describe("largest distance from value"),
  relativeTolerance: z.number().min(0).optional().describe("largest distance from value, as a share of it"),
  equal: scalar.optional().describe("what must stand there"),
  min: z.number().optional().describe("the least that may stand there"),
  max: z.number().optional().describe("the most that may stand there"),
  source: z.string().optional().describe("where the expected value comes from"),
});
export type ExpectationInput = z.output<typeof expectationSchema>;

export const studySchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/)
    .optional()
    .describe("small letters, digits and hyphens; the default is the file's name"),
  question: z.string().default("").describe("what the study shall answer, one sentence"),
  extends: z.string().optional().describe("another study file, or a study of the package such as first-study"),
  preset: presetSchema,
  task: z
    .union([z.string(), z.looseObject({ name: z.string() })])
    .optional()
    .describe("for example function-approximation; noisy-rnn list tasks shows all"),
  network: networkSchema.optional(),
  training: trainingSchema.optional(),
  evaluation: runSchema.shape.evaluation
    .unwrap()
    .optional()
    .describe("the sweep at test, for example { intensities: [0, 0.5, 1], repeats: 16 }; null switches it off"),
  precision: runSchema.shape.precision.unwrap().optional().describe("float32 is the default"),
  axes: group.default({}).describe("what is varied: paths with values, multiplied in their order"),
  seeds: z
    .union([z.int().min(1).max(1_000_000), z.array(z.int().min(0)).min(1)])
    .default(1)
    .describe("how many, or which: 5 is [0, 1, 2, 3, 4]"),
  optionalTasks: z
    .array(z.string())
    .default([])
    .describe("tasks that are left out where their data cannot be had, for example [mnist-rows]"),
  analyses: z.array(requestSchema).default([]).describe("tables that are made of all runs, by name"),
  figures: z.array(requestSchema).default([]).describe("figures of the report, by name; noisy-rnn list figures"),
  expected: z.array(expectationSchema).default([]).describe("results that must be met, with tolerances"),
  references: z.array(z.string()).default([]).describe("keys of docs/references.bib, or free text"),
});

/** Its JSON Schema, draft 2020-12, for editors. */
export function studyJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(studySchema, { io: "input" });
}
