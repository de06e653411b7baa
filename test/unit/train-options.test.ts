import { describe, expect, test } from "vitest";
import { SpecError } from "../../src/core/errors.ts";
import { type TrainOptionsInput, trainOptions } from "../../src/train/options.ts";

function issues(given: unknown): readonly string[] {
  try {
    trainOptions(given as TrainOptionsInput);
  } catch (error) {
    if (error instanceof SpecError) return error.issues.map(({ path, rule }) => `${path}: ${rule}`);
    throw error;
  }
  return [];
}

describe("training options", () => {
  test("nothing given is the defaults, all spelled out", () => {
    expect(trainOptions({})).toEqual({
      updates: 2000,
      batchSize: 64,
      loss: "task",
      optimiser: { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      learningRate: 3e-3,
      schedule: { name: "constant" },
      warmUp: 0,
      clipNorm: 1,
      clipValue: null,
      weightDecay: 0,
      activity: 0,
      validation: null,
      earlyStopping: null,
      keepBest: false,
      historyEvery: 10,
    });
  });
  test("resolving twice changes nothing", () => {
    const once = trainOptions({ validation: {}, earlyStopping: {}, keepBest: true, schedule: { name: "step" } });
    expect(trainOptions(once)).toEqual(once);
    expect(once.validation).toEqual({ every: 100, trials: 256, level: "trained", repeats: 1 });
    expect(once.earlyStopping).toEqual({ patience: 10, minDelta: 0 });
    expect(once.schedule).toEqual({ name: "step", first: 0.7, every: 1, factor: 0.2 });
  });
  test("an undefined option takes its default", () => {
    expect(trainOptions({ updates: undefined, loss: undefined } as unknown as TrainOptionsInput)).toEqual(
      trainOptions({}),
    );
  });
  test("every kind of noise level is taken as it is", () => {
    for (const level of ["trained", "zero", { factor: 0.5 }, { sites: { inside: 0, outside: 2 } }] as const) {
      expect(trainOptions({ validation: { level } }).validation?.level).toEqual(level);
    }
  });
  test("learning rates of single arrays are kept, and an empty table is as if it was not written", () => {
    expect(trainOptions({ learningRates: { wRec: 7e-5 } }).learningRates).toEqual({ wRec: 7e-5 });
    expect(trainOptions({ learningRates: {} })).toEqual(trainOptions({}));
    expect("learningRates" in trainOptions({})).toBe(false);
    expect(issues({ learningRates: { wRec: 0, wIn: "slow" } })).toEqual([
      "learningRates.wRec: must be a number in (0, infinity), got 0",
      'learningRates.wIn: must be a number in (0, infinity), got "slow"',
    ]);
    expect(issues({ learningRates: 3 })).toEqual(["learningRates: must be an object, got 3"]);
  });
  test("five mistakes are five issues of one error", () => {
    const given = { updates: -1, batchSiz: 3, learningRate: "fast", optimiser: { name: "adm" }, clipNorm: 0 };
    expect(issues(given)).toEqual([
      'batchSiz: no option is named "batchSiz"',
      "updates: must be an integer in [0, infinity), got -1",
      'learningRate: must be a number in (0, infinity), got "fast"',
      'optimiser.name: no optimiser is named "adm"',
      "clipNorm: must be a number in (0, infinity), got 0",
    ]);
  });
  test("the nearest name is offered", () => {
    expect(() => trainOptions({ optimiser: { name: "adm" } })).toThrow(/did you mean "adam"\?/);
    expect(() => trainOptions({ loss: "hinje" })).toThrow(/did you mean "hinge"\?/);
  });
  const refused: readonly [unknown, string][] = [
    [7, "options: must be an object, got 7"],
    [{ updates: 1.5 }, "updates: must be an integer in [0, infinity), got 1.5"],
    [{ batchSize: 0 }, "batchSize: must be an integer in [1, infinity), got 0"],
    [{ learningRate: Number.NaN }, "learningRate: must be a number in (0, infinity), got NaN"],
    [{ loss: 3 }, 'loss: no loss is named "3"'],
    [{ warmUp: -1 }, "warmUp: must be an integer in [0, infinity), got -1"],
    [{ weightDecay: -1 }, "weightDecay: must be a number in [0, infinity), got -1"],
    [{ activity: -1 }, "activity: must be a number in [0, infinity), got -1"],
    [{ historyEvery: 0 }, "historyEvery: must be an integer in [1, infinity), got 0"],
    [{ clipNorm: "1" }, 'clipNorm: must be a number in (0, infinity), got "1"'],
    [{ clipValue: -1 }, "clipValue: must be a number in (0, infinity), got -1"],
    [{ keepBest: 1 }, "keepBest: must be true or false, got 1"],
    [{ keepBest: true }, "keepBest: needs validation, got validation null"],
    [{ earlyStopping: {} }, "earlyStopping: needs validation, got validation null"],
    [{ earlyStopping: 5, validation: {} }, "earlyStopping: must be an object, got 5"],
    [
      { earlyStopping: { patience: 0 }, validation: {} },
      "earlyStopping.patience: must be an integer in [1, infinity), got 0",
    ],
    [
      { earlyStopping: { minDelta: -1 }, validation: {} },
      "earlyStopping.minDelta: must be a number in [0, infinity), got -1",
    ],
    [{ validation: { every: 0 } }, "validation.every: must be an integer in [1, infinity), got 0"],
    [{ validation: { trials: 0 } }, "validation.trials: must be an integer in [1, infinity), got 0"],
    [{ validation: { repeats: 0 } }, "validation.repeats: must be an integer in [1, infinity), got 0"],
    [{ validation: { level: "loud" } }, 'validation.level: must be a noise level, got "loud"'],
    [
      { validation: { level: { factor: 1, sites: {} } } },
      'validation.level: must be a noise level, got {"factor":1,"sites":{}}',
    ],
    [{ validation: { level: { factor: -1 } } }, "validation.level.factor: must be a number in [0, infinity), got -1"],
    [
      { validation: { level: { sites: { inside: -1 } } } },
      "validation.level.sites.inside: must be a number in [0, infinity), got -1",
    ],
    [{ validation: { evry: 3 } }, 'validation.evry: no option is named "evry"'],
    [{ validation: 3 }, "validation: must be an object, got 3"],
    [{ optimiser: "adam" }, 'optimiser: must be an object with a name, got "adam"'],
    [{ optimiser: { name: "adam", beta: 1 } }, 'optimiser.beta: no option is named "beta"'],
    [{ optimiser: { name: "adam", beta1: 1 } }, "optimiser.beta1: must be a number in [0, 1), got 1"],
    [{ optimiser: { name: "adam", epsilon: -1 } }, "optimiser.epsilon: must be a number in [0, infinity), got -1"],
    [{ optimiser: { name: "rmsprop", smoothing: 1 } }, "optimiser.smoothing: must be a number in [0, 1), got 1"],
    [{ optimiser: { name: "sgd", momentum: "0.9" } }, 'optimiser.momentum: must be a number in [0, 1), got "0.9"'],
    [{ optimiser: { name: "sgd", nesterov: 1 } }, "optimiser.nesterov: must be true or false, got 1"],
    [{ optimiser: { name: "sgd", nesterov: true } }, "optimiser.nesterov: needs a momentum above 0, got momentum 0"],
    [{ schedule: {} }, "schedule: must be an object with a name, got {}"],
    [{ schedule: { name: "step", first: 100 } }, "schedule.first: must be a number in (0, 1), got 100"],
    [{ schedule: { name: "step", every: 0 } }, "schedule.every: must be a number in (0, 1], got 0"],
    [{ schedule: { name: "step", factor: 2 } }, "schedule.factor: must be a number in (0, 1), got 2"],
    [{ schedule: { name: "cosine", floor: 1 } }, "schedule.floor: must be a number in [0, 1), got 1"],
    [
      { updates: 2 ** 20, batchSize: 2 ** 13 },
      "updates: updates times batchSize must be at most 2^32 trials, got 8589934592",
    ],
  ];
  for (const [given, issue] of refused) {
    test(`${JSON.stringify(given)} is refused`, () => {
      expect(issues(given)).toEqual([issue]);
    });
  }
});
