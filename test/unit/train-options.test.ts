import { describe, expect, test } from "vitest";
import { SpecError } from "../../src/core/errors.ts";
import { type TrainOptionsInput, trainDefaults, trainOptions } from "../../src/train/options.ts";

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
  test("nothing given is the defaults, with the optimiser's settings spelled out", () => {
    const adam = { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    expect(trainOptions({})).toEqual({ ...trainDefaults, optimiser: adam });
  });
  test("resolving twice changes nothing", () => {
    const once = trainOptions({ validation: {}, earlyStopping: {}, keepBest: true, schedule: { name: "step" } });
    expect(trainOptions(once)).toEqual(once);
    expect(once.validation).toEqual({ every: 100, trials: 256, level: "trained", repeats: 1 });
    expect(once.schedule).toEqual({ name: "step", milestones: [0.7], factor: 0.2 });
  });
  test("an undefined option takes its default", () => {
    expect(trainOptions({ updates: undefined } as unknown as TrainOptionsInput).updates).toBe(trainDefaults.updates);
  });
  test("five mistakes are five issues of one error", () => {
    const given = { updates: -1, batchSiz: 3, learningRate: "fast", optimiser: { name: "adm" }, clipNorm: 0 };
    expect(issues(given)).toEqual([
      'batchSiz: no option is named "batchSiz"',
      "updates: must be an integer >= 0, got -1",
      'learningRate: must be a number > 0, got "fast"',
      "clipNorm: must be a number > 0, got 0",
      'optimiser.name: no optimiser is named "adm"',
    ]);
  });
  test("the nearest name is offered", () => {
    expect(() => trainOptions({ optimiser: { name: "adm" } })).toThrow(/did you mean "adam"\?/);
    expect(() => trainOptions({ loss: "hinje" })).toThrow(/did you mean "hinge"\?/);
  });
  const refused: readonly [unknown, string][] = [
    [7, "options: must be an object, got 7"],
    [{ updates: 1.5 }, "updates: must be an integer >= 0, got 1.5"],
    [{ batchSize: 0 }, "batchSize: must be an integer >= 1, got 0"],
    [{ learningRate: Number.NaN }, "learningRate: must be a number > 0, got NaN"],
    [{ warmUp: -1 }, "warmUp: must be an integer >= 0, got -1"],
    [{ weightDecay: -1 }, "weightDecay: must be a number >= 0, got -1"],
    [{ activity: -1 }, "activity: must be a number >= 0, got -1"],
    [{ historyEvery: 0 }, "historyEvery: must be an integer >= 1, got 0"],
    [{ clipValue: -1 }, "clipValue: must be a number > 0, got -1"],
    [{ keepBest: 1 }, "keepBest: must be true or false, got 1"],
    [{ keepBest: true }, "keepBest: needs validation, got validation null"],
    [{ earlyStopping: {} }, "earlyStopping: needs validation, got validation null"],
    [{ earlyStopping: { patience: 0 }, validation: {} }, "earlyStopping.patience: must be an integer >= 1, got 0"],
    [{ earlyStopping: { minDelta: -1 }, validation: {} }, "earlyStopping.minDelta: must be a number >= 0, got -1"],
    [{ validation: { every: 0 } }, "validation.every: must be an integer >= 1, got 0"],
    [{ validation: { trials: 0 } }, "validation.trials: must be an integer >= 1, got 0"],
    [{ validation: { repeats: 0 } }, "validation.repeats: must be an integer >= 1, got 0"],
    [{ validation: { level: "loud" } }, 'validation.level: must be a noise level, got "loud"'],
    [{ validation: { level: { factor: -1 } } }, "validation.level.factor: must be a number >= 0, got -1"],
    [
      { validation: { level: { sites: { inside: -1 } } } },
      "validation.level.sites.inside: must be a number >= 0, got -1",
    ],
    [{ validation: { evry: 3 } }, 'validation.evry: no option is named "evry"'],
    [{ validation: 3 }, "validation: must be an object, got 3"],
    [{ optimiser: "adam" }, 'optimiser: must be an object with a name, got "adam"'],
    [{ optimiser: { name: "adam", beta: 1 } }, 'optimiser.beta: no setting of adam is named "beta"'],
    [{ optimiser: { name: "adam", beta1: 1 } }, "optimiser.beta1: must lie in [0, 1), got 1"],
    [{ optimiser: { name: "adam", epsilon: -1 } }, "optimiser.epsilon: must lie in [0, infinity), got -1"],
    [{ optimiser: { name: "rmsprop", smoothing: 1 } }, "optimiser.smoothing: must lie in [0, 1), got 1"],
    [{ optimiser: { name: "sgd", momentum: "0.9" } }, 'optimiser.momentum: must be a finite number, got "0.9"'],
    [{ optimiser: { name: "sgd", nesterov: 1 } }, "optimiser.nesterov: must be true or false, got 1"],
    [{ optimiser: { name: "sgd", nesterov: true } }, "optimiser.nesterov: needs a momentum above 0, got momentum 0"],
    [{ schedule: { name: "step", milestones: 0.5 } }, "schedule.milestones: must be a list of numbers, got 0.5"],
    [
      { schedule: { name: "step", milestones: [0.5, 100] } },
      "schedule.milestones: must lie between 0 and 1 (fractions of the run), got 0.5, 100",
    ],
    [{ schedule: { name: "step", factor: 2 } }, "schedule.factor: must lie between 0 and 1, got 2"],
    [{ schedule: { name: "cosine", floor: 1 } }, "schedule.floor: must lie in [0, 1), got 1"],
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
