import { expect, test } from "vitest";
import { type AnalyseCall, analyse } from "../../src/analysis/analyse.ts";
import { analyses } from "../../src/analysis/registry.ts";
import { CapabilityError, InterruptedError, ParameterError, ShapeError } from "../../src/core/errors.ts";
import { createNetwork } from "../../src/network/network.ts";
import { followTask, signTask } from "../helpers/small-tasks.ts";

const network = createNetwork({
  cell: "ctrnn",
  inputSize: 1,
  hiddenSize: 3,
  outputSize: 1,
  noise: [{ site: "inside", intensity: 0.3 }],
});
const kernel = await network.kernel({ precision: "float64", backend: "reference" });
const call: AnalyseCall = { network, kernel, weights: network.initialWeights(1), seed: 1, task: followTask };
const small = { trials: 4, repeats: 2, steps: 2, resamples: 10 };

test("options that are left out have their defaults, and all come back with what was found", async () => {
  const found = await analyse("preference", { ...call, options: small });
  expect(found).toMatchObject({ analysis: "preference", options: { ...small, highest: 2, confidence: 0.95 } });
  expect(found).toEqual(await analyse("preference", { ...call, options: found.options }));
  expect(found.tables.find(({ name }) => name === "curve")?.rows).not.toHaveLength(0);
});

test.each(analyses.names)("%s takes a call without options, and stops where it is asked to", async (name) => {
  const end = await analyse(name, { ...call, shouldStop: () => true }).catch((error: unknown) => error);
  if (end instanceof CapabilityError) expect(end.remedy).not.toBe("");
  else expect(end).toBeInstanceOf(InterruptedError);
});

test("unknown names and options, values out of range and tasks with other channels are refused", async () => {
  const refusal = (name: string, change: Partial<AnalyseCall>) => expect(analyse(name, { ...call, ...change })).rejects;
  await refusal("prefrence", {}).toThrow('no analysis is named "prefrence"; did you mean "preference"?');
  await refusal("preference", { options: { repeat: 3 } }).toThrow(
    'analysis preference, repeat: no option is named "repeat"; did you mean "repeats"?',
  );
  await refusal("preference", { options: { repeats: 1 } }).toThrow(ParameterError);
  await refusal("preference", { task: signTask }).toThrow(ShapeError);
});
