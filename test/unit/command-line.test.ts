import { EventEmitter } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exitCodes } from "../../src/cli/command.ts";
import { watchInterrupt } from "../../src/cli/interrupt.ts";
import { assignments, intensityList, wholeNumber } from "../../src/cli/options.ts";
import { durationText, memoryText, quoted, sizeText, textTable } from "../../src/cli/output.ts";
import { claimFolder, type Plan } from "../../src/cli/plan-folder.ts";
import { progress, rateText } from "../../src/cli/progress.ts";
import { withValue } from "../../src/cli/run-file.ts";
import { resolvedRun } from "../../src/study/input.ts";
import { type RunSpec, runId } from "../../src/study/spec.ts";
import { inputOfSpec, isSpecContent } from "../../src/study/spec-input.ts";
import { taskLoader } from "../../src/study/tasks.ts";

describe("progress", () => {
  function watched(isTTY: boolean, weights: readonly number[], isQuiet = false) {
    let time = 0;
    const written: string[] = [];
    const stream = { isTTY, columns: 120, write: (text: string) => written.push(text) };
    const bar = progress({ stream, isQuiet, unit: ["network", "networks"], weights, now: () => time });
    return { bar, written, pass: (seconds: number) => (time += 1000 * seconds) };
  }

  test("without a terminal at most one line comes every five seconds, whatever the number of reports", () => {
    const { bar, written, pass } = watched(false, [1, 1]);
    for (let i = 1; i <= 1200; i++) {
      pass(2 ** -7);
      bar.update(0, i / 1200);
    }
    // 9.4 s: one line, at 5 s, when 640 of 2400 parts are done and 1760 are left
    expect(written).toEqual(["26 %, 0 of 2 networks, about 14 s left\n"]);
  });

  test("two jobs at work at once count by their weights, and the rest is extrapolated from the pace", () => {
    const { bar, written, pass } = watched(false, [3, 1]);
    pass(10);
    bar.update(0, 0.5);
    pass(10);
    bar.finish(1);
    // 1.5 of 4 after 10 s; then 2.5 of 4 after 20 s, so 1.5 more take 12 s
    expect(written).toEqual(["37 %, 0 of 2 networks, about 17 s left\n", "62 %, 1 of 2 networks, about 12 s left\n"]);
  });

  test("what was found done says nothing about the pace of the rest", () => {
    const { bar, written, pass } = watched(false, [5, 5]);
    bar.finish(0, true);
    pass(10);
    bar.update(1, 0.5);
    expect(written).toEqual(["75 %, 1 of 2 networks, about 10 s left\n"]);
  });

  test("on a terminal one line is redrawn, at most ten times a second, and removed at the end", () => {
    const { bar, written, pass } = watched(true, [1]);
    bar.update(0, 0.25, "first");
    bar.update(0, 0.26, "too soon");
    pass(0.2);
    bar.update(0, 0.5, "second");
    bar.end();
    expect(written).toEqual([
      "\r\x1b[K[######..................] 25 %, 0 of 1 network  first",
      "\r\x1b[K[############............] 50 %, 0 of 1 network  second",
      "\r\x1b[K",
    ]);
  });

  test("a terminal of 30 columns gets 29 characters, so that no line wraps", () => {
    const written: string[] = [];
    const stream = { isTTY: true, columns: 30, write: (text: string) => written.push(text) };
    progress({ stream, unit: ["network", "networks"], weights: [1], now: () => 0 }).update(0, 0.5, "a long label");
    expect(written[0].replace("\r\x1b[K", "")).toHaveLength(29);
  });

  test("asked for, the pace is said: what ended here in a minute, not what was found or came from others", () => {
    let time = 0;
    const written: string[] = [];
    const stream = { write: (text: string) => written.push(text) };
    const bar = progress({ stream, unit: ["run", "runs"], weights: [1, 1, 1, 1], hasRate: true, now: () => time });
    bar.finish(0, true);
    time = 60_000;
    bar.finish(1);
    time = 120_000;
    bar.finish(2);
    // One of the three that were open in a minute, then two in two.
    expect(written).toEqual([
      "50 %, 2 of 4 runs, 1 a minute, about 2 min left\n",
      "75 %, 3 of 4 runs, 1 a minute, about 60 s left\n",
    ]);
    expect([0.01, 0.5, 20.4].map((perSecond) => rateText(perSecond))).toEqual([
      "36 an hour",
      "30 a minute",
      "1200 a minute",
    ]);
  });

  test("with jobs open there is neither 100 % nor 0 s, and what somebody else has is not left to do here", () => {
    const { bar, written, pass } = watched(false, [1, 1, 1, 1]);
    bar.leave(2);
    bar.leave(3);
    bar.finish(0);
    pass(10);
    bar.update(1, 0.5);
    pass(10);
    bar.update(1, 1);
    pass(10);
    bar.finish(1);
    pass(10);
    bar.update(2, 1);
    bar.finish(2);
    pass(10);
    bar.finish(3, true);
    // One and a half in 10 s leave half a job of one's own; then all of its updates are made; then others' are open.
    expect(written).toEqual([
      "37 %, 1 of 4 networks, 2 made elsewhere, about 3 s left\n",
      "50 %, 1 of 4 networks, 2 made elsewhere, about 1 s left\n",
      "50 %, 2 of 4 networks, 2 made elsewhere\n",
      "75 %, 2 of 4 networks, 1 made elsewhere, about 1 s left\n",
      "100 %, 4 of 4 networks\n",
    ]);
  });

  test("quiet says nothing at all", () => {
    const { bar, written, pass } = watched(true, [1], true);
    bar.update(0, 0.5);
    pass(60);
    bar.finish(0);
    bar.end();
    expect(written).toEqual([]);
  });
});

describe("values of options", () => {
  test("intensities: a list, or from:to:step with both ends", () => {
    expect(intensityList("0,0.25,1e-1")).toEqual([0, 0.25, 0.1]);
    expect(intensityList("0:0.3:0.1")).toEqual([0, 0.1, 0.2, 0.3]);
    expect(intensityList("0:1:0.4")).toEqual([0, 0.4, 0.8]);
    for (const [wrong, got] of [
      ["", 'an empty place in ""'],
      ["a", '"a"'],
      ["0,,1", 'an empty place in "0,,1"'],
      ["-1", '"-1"'],
      ["0:-1:0.1", '"-1"'],
      ["inf", '"inf"'],
    ]) {
      expect(() => intensityList(wrong), wrong).toThrow(
        `Intensities are numbers >= 0, as in 0,0.25,0.5 or 0:1:0.1, got ${got}.`,
      );
    }
  });

  test("a range that is none is answered with the rule it breaks", () => {
    const rules: Record<string, string> = {
      "0:1": "as in 0:1:0.1",
      "0:1:0.1:2": "as in 0:1:0.1",
      "0:1:0": "with a step > 0",
      "1:0:0.1": "with to >= from",
      "0:1:1e-9": "of at most 10000 intensities",
    };
    for (const [range, rule] of Object.entries(rules)) {
      expect(() => intensityList(range), range).toThrow(`A range reads from:to:step, ${rule}, got "${range}".`);
    }
    expect(intensityList("0:9999:1")).toHaveLength(10_000);
  });

  test("whole numbers only, within their range", () => {
    expect(wholeNumber(1, 9)("7")).toBe(7);
    for (const wrong of ["0", "10", "-1", "2.5", "1e0", "", "seven"])
      expect(() => wholeNumber(1, 9)(wrong), wrong).toThrow("in 1..9");
  });

  test("name=value reads values as YAML, keeps = in them and later ones win", () => {
    const read = ["a=1", "b=true", "c=null", "d=[0, 1]", "e=x=y", "a=2"].reduce<Record<string, unknown>>(
      (before, text) => assignments(text, before),
      {},
    );
    expect(read).toEqual({ a: 2, b: true, c: null, d: [0, 1], e: "x=y" });
    expect(() => assignments("=1")).toThrow("name=value");
    expect(() => assignments("a=[")).toThrow("no YAML");
  });

  test("a dotted path changes one value and copies the rest", () => {
    const before = { a: { b: 1, c: 2 }, d: 3 };
    expect(withValue(before, "a.b", 9)).toEqual({ a: { b: 9, c: 2 }, d: 3 });
    expect(withValue(before, "x.y.z", 1)).toEqual({ ...before, x: { y: { z: 1 } } });
    expect(withValue({ a: "text" }, "a.b", 1)).toEqual({ a: { b: 1 } });
    expect(before).toEqual({ a: { b: 1, c: 2 }, d: 3 });
  });
});

describe("interrupts", () => {
  function watched() {
    let time = 0;
    const said: string[] = [];
    const exits: number[] = [];
    const listeners = new EventEmitter();
    const owner = Object.assign(listeners, { exit: (code: number) => exits.push(code) });
    const surroundings = { process: owner as never, now: () => time, say: (text: string) => said.push(text) };
    const interrupt = watchInterrupt("Stopping.", surroundings);
    return { interrupt, said, exits, send: (name: string) => listeners.emit(name), pass: (ms: number) => (time += ms) };
  }

  test("all signals within a second are one: it stops and saves; a later one ends the process", () => {
    const { interrupt, said, exits, send, pass } = watched();
    expect([interrupt.signal.aborted, interrupt.exitCode()]).toEqual([false, undefined]);
    send("SIGINT");
    pass(1);
    send("SIGINT");
    pass(998);
    send("SIGTERM");
    send("SIGUSR1");
    expect([interrupt.signal.aborted, interrupt.exitCode()]).toEqual([true, exitCodes.interrupted]);
    expect({ said, exits }).toEqual({ said: ["\nStopping."], exits: [] });
    pass(1);
    send("SIGINT");
    expect(exits).toEqual([130]);
  });

  test("once released, signals are no longer its business", () => {
    const { interrupt, said, send } = watched();
    interrupt.release();
    send("SIGINT");
    expect(said).toEqual([]);
  });
});

describe("a specification as a run file", () => {
  const loadTask = taskLoader({ dataset: () => Promise.reject(), file: () => Promise.reject() });
  const resolve = (input: unknown) => resolvedRun({ input, place: "run", loadTask, backend: "reference" });

  test.each([
    ["no noise", { task: "function-approximation" }],
    ["no evaluation", { task: "function-approximation", evaluation: null, seed: 2 ** 53 - 1 }],
    [
      "everything set",
      {
        task: { name: "function-approximation", stepCount: 7 },
        network: { cell: "gru", hiddenSize: 3, noise: [{ site: "state", intensity: 0.2 }], readout: { bias: false } },
        training: {
          updates: 5,
          schedule: { name: "step", first: 0.5 },
          validation: { every: 2, trials: 5 },
          keepBest: true,
        },
        evaluation: { site: "state", intensities: [0, 0.5], trials: 4, repeats: 3 },
        precision: "float64",
      },
    ],
  ])("%s: what is written down resolves to the same run, to the last key", async (_, input) => {
    const spec = await resolve(input);
    const stored = JSON.parse(JSON.stringify(spec)) as Record<string, unknown>;
    expect([isSpecContent(stored), isSpecContent(input)]).toEqual([true, false]);
    expect(await resolve(inputOfSpec(stored))).toEqual(spec);
  });
});

describe("the folder of a study", () => {
  test("takes a plan that adds a task; more seeds of the same task, or a task less, are another plan", async () => {
    const loadTask = taskLoader({ dataset: () => Promise.reject(), file: () => Promise.reject() });
    const base = await resolvedRun({
      input: { task: "function-approximation" },
      place: "run",
      loadTask,
      backend: "reference",
    });
    const run = (name: string, seed: number): RunSpec => ({ ...base, seed, task: { ...base.task, name } });
    const plan = (...specs: RunSpec[]): Plan => {
      const runs = specs.map((spec) => ({ id: runId(spec), spec }));
      return { study: "s", title: "t", command: "c", runs };
    };
    const folder = await mkdtemp(join(tmpdir(), "noisy-rnn-plan-"));
    try {
      const claim = (wanted: Plan) => claimFolder(folder, wanted, false);
      await claim(plan(run("a", 0), run("a", 1)));
      await expect(claim(plan(run("a", 0), run("a", 1), run("a", 2)))).rejects.toThrow("must be empty or hold");
      await expect(claim(plan(run("a", 0), run("b", 0)))).rejects.toThrow("must be empty or hold");
      await expect(claim(plan(run("b", 0)))).rejects.toThrow("must be empty or hold");
      const both = plan(run("a", 0), run("a", 1), run("b", 0), run("b", 1));
      await expect(claim({ ...both, study: "other" })).rejects.toThrow("must be empty or hold");
      await claim(both);
      await expect(claim(plan(run("a", 0), run("a", 1)))).rejects.toThrow("must be empty or hold");
      const stored = JSON.parse(await readFile(join(folder, "plan.json"), "utf8"));
      expect(stored.runs).toEqual(both.runs.map(({ id }) => id));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("words", () => {
  test("columns are as wide as their widest cell and lines of their own do not count", () => {
    const table = textTable(
      [{ title: "name" }, { title: "n", align: "right" }],
      [["a", "1"], "a line of its own", ["bcdef", "23"]],
    );
    expect(table.split("\n")).toEqual(["name    n", "---------", "a       1", "a line of its own", "bcdef  23"]);
  });

  test("durations read as people say them, sizes have three digits", () => {
    expect([0.04, 3.46, 9.6, 99.4, 105, 120, 599.8, 5999, 8100].map(durationText)).toEqual([
      "0 s",
      "3.5 s",
      "10 s",
      "99 s",
      "1 min 45 s",
      "2 min",
      "10 min",
      "1 h 40 min",
      "2 h 15 min",
    ]);
    expect([0, 999, 1500, 47_040_016, 2.5e9].map(sizeText)).toEqual(["0 B", "999 B", "1.50 kB", "47.0 MB", "2.50 GB"]);
    expect([2 ** 30, 141.1 * 2 ** 30].map(memoryText)).toEqual(["1 GiB", "141 GiB"]);
    expect(["runs/a-1.0", "my runs"].map(quoted)).toEqual(["runs/a-1.0", '"my runs"']);
  });
});
