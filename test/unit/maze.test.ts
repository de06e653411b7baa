import { describe, expect, test } from "vitest";
import { ParameterError } from "../../src/core/errors.ts";
import type { Environment, Split, Task, TaskResources } from "../../src/task/contract.ts";
import { expertSteps, expertVelocity, play } from "../../src/task/maze/course.ts";
import { moved, neighbour, perfectMaze, routesTo, sides } from "../../src/task/maze/labyrinth.ts";
import { maze } from "../../src/task/maze.ts";

const nothing = {} as TaskResources;
const make = (options: Record<string, unknown> = {}): Promise<Task> => maze.create(options, nothing);
const range = (from: number, count: number) => Uint32Array.from({ length: count }, (_, i) => from + i);
const mazes = [1, 2, 5, 9].flatMap((size) => [0, 1, 2].map((seed) => ({ size, seed })));

/** The cells behind the open sides of a cell, by the definition of the array alone. */
const openNeighbours = ({ size, isOpen }: ReturnType<typeof perfectMaze>, cell: number) =>
  [
    { side: 0, to: cell + 1 },
    { side: 1, to: cell + size },
    { side: 2, to: cell - 1 },
    { side: 3, to: cell - size },
  ]
    .filter(({ side }) => isOpen[4 * cell + side] === 1)
    .map(({ to }) => to);

/** Plays trials with outputs of the caller's own. */
function played(environment: Environment, outputs: (step: number) => number[]) {
  for (let step = 0; step < environment.stepCount; step++) {
    environment.observe();
    environment.act(outputs(step));
  }
  return environment.played();
}

describe("perfect mazes", () => {
  test.each(mazes)(
    "size $size, seed $seed: a tree, n^2 - 1 openings that join all cells, the same from both sides",
    ({ size, seed }) => {
      const built = perfectMaze(size, seed);
      expect(built.isOpen.reduce((sum, open) => sum + open, 0)).toBe(2 * (size * size - 1));
      const reached = new Set([0]);
      for (const cell of reached) {
        for (const next of openNeighbours(built, cell)) {
          expect(next).toBe(
            neighbour(size, cell, next > cell ? (next === cell + 1 ? 0 : 1) : next === cell - 1 ? 2 : 3),
          );
          expect(openNeighbours(built, next)).toContain(cell);
          reached.add(next);
        }
      }
      expect(reached.size).toBe(size * size);
    },
  );

  test("the seed alone decides the maze", () => {
    expect(perfectMaze(5, 3)).toEqual(perfectMaze(5, 3));
    expect(perfectMaze(5, 3).isOpen).not.toEqual(perfectMaze(5, 4).isOpen);
  });

  test.each(mazes)(
    "size $size, seed $seed: distances are those of all-pairs shortest paths, and each next cell is one nearer",
    ({ size, seed }) => {
      const built = perfectMaze(size, seed);
      const count = size * size;
      // Floyd and Warshall's recursion, which knows nothing of trees or queues.
      const far = Array.from({ length: count }, (_, a): number[] =>
        Array.from({ length: count }, (_, b) => (a === b ? 0 : 1e9)),
      );
      for (let cell = 0; cell < count; cell++) for (const next of openNeighbours(built, cell)) far[cell][next] = 1;
      for (let k = 0; k < count; k++) {
        for (let a = 0; a < count; a++) {
          for (let b = 0; b < count; b++) far[a][b] = Math.min(far[a][b], far[a][k] + far[k][b]);
        }
      }
      const goal = count - 1;
      const { distance, next } = routesTo(built, goal);
      expect([...distance]).toEqual(far.map((row) => row[goal]));
      for (let cell = 0; cell < goal; cell++) {
        expect(openNeighbours(built, cell)).toContain(next[cell]);
        expect(distance[next[cell]]).toBe(distance[cell] - 1);
      }
    },
  );

  test("from the middle of each of 25 cells a step of 0.6 passes open sides and stops at walls, axis by axis", () => {
    const built = perfectMaze(5, 1);
    for (let cell = 0; cell < 25; cell++) {
      const x = (cell % 5) + 0.5;
      const y = Math.floor(cell / 5) + 0.5;
      const open = sides.map((_, side) => built.isOpen[4 * cell + side] === 1);
      for (const [side, { dx, dy }] of sides.entries()) {
        const to = moved(built, x, y, 0.6 * dx, 0.6 * dy);
        expect(to).toEqual(open[side] ? [x + 0.6 * dx, y + 0.6 * dy] : [x, y]);
      }
      // Along a wall the other axis goes on: short of the side it is free.
      expect(moved(built, x, y, open[0] ? 0.6 : -0.4, 0.4)[1]).toBe(y + 0.4);
      expect(moved(built, x, y, 0.6, 0.3)).toEqual([open[0] ? x + 0.6 : x, y + 0.3]);
    }
  });

  test("10^5 random steps never pass a wall", () => {
    const built = perfectMaze(4, 2);
    let [x, y] = [0.5, 0.5];
    let passed = 0;
    const cells = new Set<number>();
    for (let step = 0; step < 100_000; step++) {
      const angle = step * step * 0.37;
      const [newX, newY] = moved(built, x, y, Math.cos(angle), Math.sin(angle));
      const corner = Math.floor(y) * 4 + Math.floor(newX);
      const from = Math.floor(y) * 4 + Math.floor(x);
      const to = Math.floor(newY) * 4 + Math.floor(newX);
      if (corner !== from && !openNeighbours(built, from).includes(corner)) passed++;
      if (to !== corner && !openNeighbours(built, corner).includes(to)) passed++;
      [x, y] = [newX, newY];
      cells.add(to);
    }
    expect(passed).toBe(0);
    expect(cells.size).toBe(16);
  });
});

describe("the expert", () => {
  test("from 9 places in each cell of 6 mazes it passes the cells of the shortest way, no more, at full speed", () => {
    let deviation = 0;
    for (const seed of [0, 1, 2, 3, 4, 5]) {
      const built = perfectMaze(5, seed);
      const routes = routesTo(built, 24);
      const course = { maze: built, routes, goal: 24, stepCount: 200, stepLength: 0.25, position: true };
      for (let cell = 0; cell < 24; cell++) {
        for (const [a, b] of [0.2, 0.5, 0.8].flatMap((a) => [0.2, 0.5, 0.8].map((b) => [a, b]))) {
          let at: readonly [number, number] = [(cell % 5) + a, Math.floor(cell / 5) + b];
          const cells = [cell];
          let steps = 0;
          for (; cells.at(-1) !== 24; steps++) {
            const [vx, vy] = expertVelocity(course, at[0], at[1]);
            const to = moved(built, at[0], at[1], 0.25 * vx, 0.25 * vy);
            const length = Math.hypot(to[0] - at[0], to[1] - at[1]);
            deviation = Math.max(deviation, Math.abs(Math.hypot(vx, vy) - 1), Math.abs(length - 0.25));
            at = to;
            const now = Math.floor(at[1]) * 5 + Math.floor(at[0]);
            if (now !== cells.at(-1)) cells.push(now);
          }
          expect(cells).toHaveLength(routes.distance[cell] + 1);
          expect(expertSteps(course, (cell % 5) + a, Math.floor(cell / 5) + b)).toBe(steps);
        }
      }
    }
    expect(deviation).toBeLessThan(1e-12);
  });

  test("an environment that is given the ground truth as output succeeds in all of 300 test trials, in the expert's steps", async () => {
    for (const options of [{}, { position: false }, { size: 4, mazeSeed: 3, stepLength: 0.5, startSpread: 0.45 }]) {
      const task = await make(options);
      const environment = task.environment!("test", range(0, 300), 2);
      const shown = task.batch("test", range(0, 300), 2);
      if (shown.target.kind !== "values") throw new Error("values are expected");
      const { values } = shown.target;
      const { stepCount } = shown;
      const batch = played(environment, (step) =>
        [...range(0, 300)].flatMap((trial) => [...values.subarray(2 * (trial * stepCount + step)).slice(0, 2)]),
      );
      const { outcomes, conditions, mask } = batch;
      expect([...outcomes!.success]).toEqual(new Array(300).fill(1));
      // The ground truth is rounded to float32, which can cost a step where the expert just enters a cell.
      for (const trial of range(0, 300)) {
        expect(Math.abs(outcomes!.steps[trial] - conditions.expertSteps[trial])).toBeLessThanOrEqual(1);
        expect(mask.subarray(trial * stepCount, (trial + 1) * stepCount).reduce((a, b) => a + b)).toBe(
          outcomes!.steps[trial],
        );
      }
      expect([...task.judge!.solved([], batch)]).toEqual(new Array(300).fill(1));
    }
  });
});

describe("maze", () => {
  test("60 steps in training, 120 in validation and test, six inputs, two outputs; position and open sides are shown", async () => {
    const task = await make();
    expect(task.stepCount).toBe(120);
    expect(task.inputs.map(({ name }) => name)).toEqual(["x", "y", "east", "north", "west", "south"]);
    const steps = (["train", "validation", "test"] as Split[]).map(
      (split) => task.environment!(split, range(0, 2), 0).stepCount,
    );
    expect(steps).toEqual([60, 120, 120]);
    const batch = task.batch("train", range(0, 50), 0);
    const { isOpen } = perfectMaze(5, 1);
    for (const trial of range(0, 50)) {
      const [x, y] = [batch.conditions.startX[trial], batch.conditions.startY[trial]];
      const cell = Math.floor(y) * 5 + Math.floor(x);
      const flags = [...isOpen.subarray(4 * cell, 4 * cell + 4)].map((open) => open - 0.5);
      expect([...batch.input.subarray(trial * 360, trial * 360 + 6)]).toEqual(
        [0.4 * x - 1, 0.4 * y - 1, ...flags].map(Math.fround),
      );
      expect(cell).not.toBe(24);
      for (const p of [x, y]) expect(Math.abs(p - Math.floor(p) - 0.5)).toBeLessThan(0.3);
    }
  });

  test("without position every trial begins in the cell farthest from the goal, and only the sides are shown", async () => {
    const task = await make({ position: false, startSpread: 0 });
    const { distance } = routesTo(perfectMaze(5, 1), 24);
    const { conditions, input } = task.batch("train", range(0, 5), 0);
    const cell = distance.indexOf(Math.max(...distance));
    expect([...Array.from(conditions.startX)]).toEqual(new Array(5).fill((cell % 5) + 0.5));
    expect([...Array.from(conditions.startY)]).toEqual(new Array(5).fill(Math.floor(cell / 5) + 0.5));
    expect(input).toHaveLength(5 * 60 * 4);
  });

  test("half of the training trials go where the output says, half where the expert says; in the test all obey", async () => {
    const task = await make({ startSpread: 0 });
    const still = new Array(40).fill(0);
    const train = played(task.environment!("train", range(0, 20), 1), () => still);
    expect([...Array.from(train.conditions.own)]).toEqual([...range(0, 20)].map((trial) => trial % 2));
    for (const trial of range(0, 20)) {
      const own = train.conditions.own[trial] === 1;
      const reached = train.conditions.expertSteps[trial] <= 60;
      expect(train.outcomes!.success[trial]).toBe(own || !reached ? 0 : 1);
      expect(train.outcomes!.steps[trial]).toBe(own || !reached ? 60 : train.conditions.expertSteps[trial]);
    }
    const test = played(task.environment!("test", range(0, 20), 1), () => still);
    expect([...test.outcomes!.success]).toEqual(new Array(20).fill(0));
    expect([...test.outcomes!.steps]).toEqual(new Array(20).fill(120));
    expect([...task.judge!.solved([], test)]).toEqual(new Array(20).fill(0));
  });

  test("outputs longer than 1 are shortened to 1, shorter ones are taken as they are, those that are no numbers stand still", () => {
    const open = { size: 2, isOpen: new Uint8Array(16).fill(1) };
    const course = { maze: open, routes: routesTo(open, 3), goal: 3, stepCount: 2, stepLength: 0.25, position: true };
    const starts = [0, 1, 2].map(() => ({ x: 0.25, y: 0.5, isOwn: true }));
    const { input } = played(play(course, range(0, 3), starts), () => [3, 4, 0.3, -0.4, Number.NaN, 1]);
    const second = [0, 1, 2].map((trial) => [...input.subarray(12 * trial + 6, 12 * trial + 8)]);
    const scaled = ([x, y]: number[]) => [Math.fround(x - 1), Math.fround(y - 1)];
    expect(second).toEqual(
      [
        [0.25 + 0.15, 0.7],
        [0.25 + 0.075, 0.4],
        [0.25, 0.5],
      ].map(scaled),
    );
  });

  test("the ground truth is that of the visited places, and what follows the goal does not count", async () => {
    const task = await make({ startSpread: 0 });
    const goal = routesTo(perfectMaze(5, 1), 24);
    const environment = task.environment!("test", range(0, 30), 3);
    const seen: Float32Array[] = [];
    for (let step = 0; step < 120; step++) {
      seen.push(environment.observe());
      environment.act(Array.from({ length: 60 }, (_, i) => Math.sin(step * 0.7 + i)));
    }
    const { input, target, mask } = environment.played();
    if (target.kind !== "values") throw new Error("values are expected");
    for (let step = 0; step < 120; step++) {
      for (const trial of range(0, 30)) {
        const at = trial * 120 + step;
        expect([...input.subarray(6 * at, 6 * at + 6)]).toEqual([...seen[step].subarray(6 * trial, 6 * trial + 6)]);
        const [x, y] = [...input.subarray(6 * at, 6 * at + 2)].map((scaled) => (scaled + 1) * 2.5);
        const cell = Math.floor(y) * 5 + Math.floor(x);
        const next = goal.next[cell];
        const way = [(next % 5) + 0.5 - x, Math.floor(next / 5) + 0.5 - y];
        const length = Math.hypot(...way);
        expect(mask[at]).toBe(cell === 24 ? 0 : 1);
        const truth = cell === 24 ? [0, 0] : [way[0] / length, way[1] / length];
        // Positions are read from float32: 1e-7 over distances from 0.2 on.
        for (const axis of [0, 1]) expect(target.values[2 * at + axis]).toBeCloseTo(truth[axis], 5);
      }
    }
  });

  test("a trial is its own, whatever else is asked for; splits and seeds differ; an empty batch is empty arrays", async () => {
    const task = await make();
    const whole = task.batch("train", range(0, 20), 1);
    const part = task.batch("train", Uint32Array.of(17, 2), 1);
    for (const [row, trial] of [17, 2].entries()) {
      expect(part.input.subarray(row * 360, (row + 1) * 360)).toEqual(
        whole.input.subarray(trial * 360, (trial + 1) * 360),
      );
    }
    const startOf = (split: Split, seed: number) => task.batch(split, range(0, 20), seed).conditions.startX;
    expect(startOf("train", 2)).not.toEqual(whole.conditions.startX);
    expect(startOf("validation", 1)).not.toEqual(startOf("test", 1));
    expect(task.batch("test", new Uint32Array(0), 0).input).toHaveLength(0);
  });

  const solvedBy = (task: Task, pace: number) => {
    const environment = task.environment!("test", range(0, 1), 0);
    const truth = task.batch("test", range(0, 1), 0).target;
    const values = truth.kind === "values" ? truth.values : new Float32Array(0);
    // A walker that stands still for a while, then goes as the expert does.
    const batch = played(environment, (step) =>
      step < pace ? [0, 0] : [...values.slice(2 * (step - pace)).slice(0, 2)],
    );
    return task.judge!.solved([], batch)[0];
  };

  test("timeLimit 1.2 asks for the goal within 1.2 times the steps of the expert", async () => {
    const task = await make({ position: false, startSpread: 0, timeLimit: 1.2 });
    const steps = task.batch("test", range(0, 1), 0).conditions.expertSteps[0];
    const slack = Math.floor(0.2 * steps);
    expect(slack).toBeGreaterThan(3);
    expect([solvedBy(task, 0), solvedBy(task, slack - 1), solvedBy(task, slack + 2)]).toEqual([1, 1, 0]);
    const free = await make({ position: false, startSpread: 0 });
    expect(solvedBy(free, slack + 2)).toBe(1);
    expect(task.judge!.meaning).toBe("the goal is reached within 1.2 times the steps of the expert");
  });

  const starts = (t: Task) => [...Array.from(t.batch("test", range(0, 9), 0).conditions.startX)];
  test.each([
    [{ size: 4 }, starts],
    [{ mazeSeed: 2 }, (t: Task) => [...t.batch("test", range(0, 9), 0).input]],
    [{ position: false }, starts],
    [{ stepCount: 10 }, (t: Task) => t.batch("train", range(0, 1), 0).stepCount],
    [{ testSteps: 90 }, (t: Task) => t.batch("test", range(0, 1), 0).stepCount],
    [{ stepLength: 0.2 }, (t: Task) => [...Array.from(t.batch("test", range(0, 9), 0).conditions.expertSteps)]],
    [{ startSpread: 0.1 }, starts],
    [
      { ownMotion: 0.25 },
      (t: Task) => played(t.environment!("train", range(0, 8), 0), () => new Array(16).fill(0)).conditions.own,
    ],
    [{ dt: 10 }, (t: Task) => t.periods[0].end],
  ])("option %j changes the task", async (options, observe) => {
    expect(observe(await make(options))).not.toEqual(observe(await make()));
  });

  test.each([
    [0, [0, 0, 0, 0, 0, 0, 0, 0]],
    [0.25, [0, 0, 0, 1, 0, 0, 0, 1]],
    [1, [1, 1, 1, 1, 1, 1, 1, 1]],
  ])("of every run of trials the share ownMotion %d moves itself", async (ownMotion, expected) => {
    const environment = (await make({ ownMotion })).environment!("train", range(8, 8), 0);
    expect([...Array.from(environment.played().conditions.own)]).toEqual(expected);
  });

  test.each([
    [{ size: 1 }, "size must be an integer in 2..100, got 1"],
    [{ mazeSeed: -1 }, "mazeSeed must be an integer in 0..2^53-1, got -1"],
    [{ position: "no" }, 'position must be true or false, got "no"'],
    [{ stepCount: 0 }, "stepCount must be an integer in 1..100000, got 0"],
    [{ testSteps: 0 }, "testSteps must be an integer in 1..100000, got 0"],
    [{ stepLength: 0 }, "stepLength must be a number of cells in (0, 1], got 0"],
    [{ startSpread: 0.5 }, "startSpread must be a number in [0, 0.5), got 0.5"],
    [{ ownMotion: 2 }, "ownMotion must be a number in [0, 1], got 2"],
    [{ timeLimit: 0.9 }, "timeLimit must be a number >= 1 or null, got 0.9"],
    [{ dt: 0 }, "dt must be a number of ms > 0, got 0"],
    [{ seed: 1 }, 'no option is named "seed"'],
  ])("%j is refused: %s", async (options, message) => {
    const error = await make(options).catch((reason) => reason);
    expect(error).toBeInstanceOf(ParameterError);
    expect(error.message).toContain(message);
  });
});
