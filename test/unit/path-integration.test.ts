import { describe, expect, test } from "vitest";
import { ParameterError } from "../../src/core/errors.ts";
import type { Split, Task, TaskResources } from "../../src/task/contract.ts";
import { walks } from "../../src/task/path-integration/walks.ts";
import { pathIntegration } from "../../src/task/path-integration.ts";

const nothing = {} as TaskResources;
const make = (options: Record<string, unknown> = {}): Promise<Task> => pathIntegration.create(options, nothing);
const range = (from: number, count: number) => Uint32Array.from({ length: count }, (_, i) => from + i);

/** Inputs and ground truth of trials, `[trial][step][axis]`. */
function shown(task: Task, split: Split, indices: Uint32Array, seed: number) {
  const { input, target, stepCount } = task.batch(split, indices, seed);
  if (target.kind !== "values") throw new Error("values are expected");
  const rows = (values: Float32Array) =>
    [...indices.keys()].map((trial) =>
      Array.from({ length: stepCount }, (_, step) => values.subarray(2 * (trial * stepCount + step)).slice(0, 2)),
    );
  return { velocity: rows(input), position: rows(target.values) };
}

describe("path-integration", () => {
  test("60 steps from the middle of the box, all of them counted, two inputs, two outputs", async () => {
    const task = await make();
    expect(task.periods).toEqual([{ name: "walk", start: 0, end: 1200 }]);
    expect([task.inputSize, task.outputSize, task.stepCount]).toEqual([2, 2, 60]);
    expect(task.batch("train", range(0, 2), 0).mask).toEqual(new Float32Array(120).fill(1));
    expect(task.options).toEqual({ walk: "random", side: 2, speed: 0.1, turnDeviation: 0.3, stepCount: 60, dt: 20 });
  });

  test.each(walks.members)(
    "$name: positions are the sums of the velocities to the last bit of float32",
    async (walk) => {
      const task = await make({ walk: walk.name, stepCount: 200 });
      const unit = (task.options.speed as number) * walk.meanSpeed;
      const { velocity, position } = shown(task, "train", range(3, 8), 1);
      for (const [trial, steps] of velocity.entries()) {
        for (const axis of [0, 1]) {
          let sum = 0;
          for (const [step, v] of steps.entries()) {
            sum += v[axis] * unit;
            expect(position[trial][step][axis]).toBe(Math.fround(sum));
          }
        }
      }
    },
  );

  test("random: 100 trials of 200 steps stay in the box, and walls reverse the sign of one velocity and nothing else", async () => {
    const { velocity, position } = shown(await make({ stepCount: 200, turnDeviation: 0 }), "train", range(0, 100), 4);
    let far = 0;
    let bent = 0;
    let mirrored = 0;
    let straightEnd = Number.POSITIVE_INFINITY;
    for (const [trial, steps] of velocity.entries()) {
      for (const [step, v] of steps.entries()) {
        const p = position[trial][step];
        far = Math.max(far, Math.abs(p[0]), Math.abs(p[1]));
        // Without turns |vx| / |vy| stays what it was at the first step.
        const [x, y] = steps[0];
        const sine = (Math.abs(v[0] * y) - Math.abs(v[1] * x)) / (Math.hypot(...v) * Math.hypot(x, y) + 1e-3);
        bent = Math.max(bent, Math.abs(sine));
        for (const axis of [0, 1]) {
          if (step === 0 || Math.sign(v[axis]) === Math.sign(steps[step - 1][axis])) continue;
          mirrored++;
          // The step with the other sign would have led out of the box.
          straightEnd = Math.min(straightEnd, Math.abs(p[axis] - 2 * 0.05 * v[axis]));
        }
      }
    }
    // float32 positions and velocities of size 1 to 2: errors of 1e-7, here divided by speeds from 1e-3 on.
    expect(far).toBeLessThan(1 + 1e-6);
    expect(straightEnd).toBeGreaterThan(1 - 1e-6);
    expect(bent).toBeLessThan(1e-4);
    expect(mirrored).toBeGreaterThan(200);
  });

  test("rodent: near a wall ahead it is slowed to a quarter and turns along the wall; 300 steps in 2.2 m are outside in 0.3 to 1.2 %, by at most 0.15 m", async () => {
    const task = await make({ walk: "rodent", stepCount: 400, turnDeviation: 0, side: 0.5 });
    const { velocity, position } = shown(task, "train", range(0, 60), 2);
    const heading = (v: Float32Array) => Math.atan2(v[1], v[0]);
    let turned = 0;
    let towardsAfter = 0;
    const lengths = { near: [] as number[], free: [] as number[] };
    for (const [trial, steps] of velocity.entries()) {
      for (let step = 0; step < steps.length; step++) {
        if (step === 0 || step + 1 === steps.length) continue;
        const from = position[trial][step - 1];
        const distances = [0.25 - from[0], 0.25 - from[1], 0.25 + from[0], 0.25 + from[1]];
        const nearest = Math.min(...distances);
        const wall = (distances.indexOf(nearest) * Math.PI) / 2;
        const towards = Math.cos(heading(steps[step]) - wall);
        const length = Math.hypot(...steps[step]) * walks.get("rodent").meanSpeed;
        // Away from the borders of both conditions: a heading that runs along a wall is not ahead of it but to rounding.
        if (nearest < 0.0299 && towards > 1e-3) {
          lengths.near.push(length);
          turned++;
          towardsAfter = Math.max(towardsAfter, Math.abs(Math.cos(heading(steps[step + 1]) - wall)));
        } else if (nearest > 0.0301) lengths.free.push(length);
      }
    }
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(turned).toBeGreaterThan(200);
    expect(towardsAfter).toBeLessThan(1e-5);
    // Means of Rayleigh numbers, sqrt(pi / 2) = 1.2533 with deviation 0.655: four standard errors.
    expect(Math.abs(mean(lengths.free) - 1.2533)).toBeLessThan((4 * 0.655) / Math.sqrt(lengths.free.length));
    expect(Math.abs(mean(lengths.near) - 1.2533 / 4)).toBeLessThan(0.655 / Math.sqrt(turned));
    // 0.8 % and 0.09 m in 1000 trials; trials are alike within, so a share of 60 trials may be half or one and a half of it.
    const free = shown(await make({ walk: "rodent", stepCount: 300 }), "train", range(0, 60), 2).position.flat();
    const outside = free.map((p) => Math.max(Math.abs(p[0]), Math.abs(p[1])) - 1.1).filter((excess) => excess > 0);
    expect(outside.length / free.length).toBeGreaterThan(0.003);
    expect(outside.length / free.length).toBeLessThan(0.012);
    expect(Math.max(...outside)).toBeLessThan(0.15);
  });

  test("a trial is its own, whatever else is asked for; splits and seeds differ; the ends are conditions", async () => {
    const task = await make({ stepCount: 5 });
    const whole = shown(task, "train", range(0, 20), 1);
    const part = shown(task, "train", Uint32Array.of(17, 2), 1);
    expect(part.velocity).toEqual([whole.velocity[17], whole.velocity[2]]);
    for (const [split, seed] of [
      ["validation", 1],
      ["test", 1],
      ["train", 2],
    ] as const) {
      expect(shown(task, split, range(0, 20), seed).velocity).not.toEqual(whole.velocity);
    }
    const { conditions } = task.batch("train", range(0, 20), 1);
    for (const trial of range(0, 20)) {
      const [x, y] = whole.position[trial][4];
      expect([Math.fround(conditions.endX[trial]), Math.fround(conditions.endY[trial])]).toEqual([x, y]);
    }
  });

  test("an empty batch is empty arrays, one step is one velocity", async () => {
    const { input, mask } = (await make()).batch("test", new Uint32Array(0), 0);
    expect([input.length, mask.length]).toEqual([0, 0]);
    const { velocity, position } = shown(await make({ stepCount: 1 }), "test", range(0, 1), 0);
    expect(position[0][0][0]).toBe(Math.fround(velocity[0][0][0] * 0.05));
  });

  const first = (task: Task) => [...task.batch("train", range(0, 1), 0).input];
  test.each([
    [{ walk: "rodent" }, first],
    [{ turnDeviation: 0.1 }, first],
    [{ speed: 0.2 }, (t: Task) => shown(t, "train", range(0, 1), 0).position],
    [{ side: 0.5 }, (t: Task) => shown(t, "train", range(0, 9), 0).position],
    [{ stepCount: 20 }, (t: Task) => t.stepCount],
    [{ dt: 10 }, (t: Task) => t.periods[0].end],
  ])("option %j changes the task", async (options, observe) => {
    expect(observe(await make(options))).not.toEqual(observe(await make()));
  });

  test.each([
    [{ walk: "rodents" }, 'did you mean "rodent"'],
    [{ side: 0 }, "side must be a number > 0, got 0; null takes the walk's own"],
    [{ speed: 1.01 }, "speed must be a number in (0, 1], half the side of the box, got 1.01"],
    [{ speed: "fast" }, 'half the side of the box, got "fast"'],
    [{ turnDeviation: -1 }, "turnDeviation must be a number of rad >= 0, got -1"],
    [{ stepCount: 0 }, "stepCount must be an integer in 1..100000, got 0"],
    [{ dt: 0 }, "dt must be a number of ms > 0, got 0"],
    [{ box: 2 }, 'no option is named "box"'],
  ])("%j is refused: %s", async (options, message) => {
    const error = await make(options).catch((reason) => reason);
    expect(error).toBeInstanceOf(ParameterError);
    expect(error.message).toContain(message);
  });
});
