import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { benchOptions } from "../../bench/arguments.mjs";
import { python, settings } from "../../bench/peers/pytorch.mjs";
import { benchRow, median } from "../../bench/rows.mjs";
import { tableHead, tableLine } from "../../bench/table.mjs";
import { productOperations, works } from "../../bench/works.mjs";
import { root } from "../../scripts/tools/folders.mjs";
import { testUnless } from "../helpers/skip.ts";

const names = works.map(({ name }) => name);
const hasTorch = spawnSync(python, ["-c", "import torch"]).status === 0;
const work = (name: string) => works.find((candidate) => candidate.name === name)!;

describe("a row of the bench", () => {
  test("counts 6 hidden^2 batch steps operations a matrix: 157286400 for ctrnn-64, two matrices for nrnn-mnist", () => {
    expect(productOperations(work("ctrnn-64"))).toBe(157_286_400);
    expect(productOperations(work("nrnn-mnist"))).toBe(2 * 6 * 128 ** 2 * 128 * 784);
    expect(productOperations(work("sweep-30"))).toBe(30 * 6 * 20 ** 2 * 64 * 30);
  });

  test("is made of medians, the ratio of the ratios of the pairs: 2, not 7 / 3", () => {
    const pairs = [
      { ours: 2, peer: 4 },
      { ours: 3, peer: 9 },
      { ours: 7, peer: 7 },
    ];
    const row = benchRow(work("ctrnn-64"), { backend: "native", threads: 2, peak: 100, peer: "PyTorch", pairs });
    expect(row).toEqual({
      name: "ctrnn-64",
      cell: "ctrnn",
      hidden: 64,
      batch: 64,
      steps: 100,
      backend: "native",
      threads: 2,
      msPerStep: 3,
      gflops: 157_286_400 / 3e6,
      shareOfPeak: 157_286_400 / 3e6 / 200,
      peer: "PyTorch",
      peerMsPerStep: 7,
      ratio: 2,
    });
    expect(tableLine(row).indexOf("PyTorch")).toBe(tableHead.lastIndexOf("peer"));
  });

  test("without a peer and without a measured peak has null in their places", () => {
    const measured = { backend: "wasm", threads: 1, peak: undefined, peer: "PyTorch is missing" };
    const row = benchRow(work("sweep-30"), { ...measured, pairs: [{ ours: 1, peer: null }] });
    const { peer, peerMsPerStep, ratio, shareOfPeak, msPerStep } = row;
    const nothing = { peerMsPerStep: null, ratio: null, shareOfPeak: null };
    expect({ peer, peerMsPerStep, ratio, shareOfPeak, msPerStep }).toEqual({
      peer: "PyTorch is missing",
      ...nothing,
      msPerStep: 1,
    });
  });

  test("the median of 4 values is the mean of the middle two", () => {
    expect(median([9, 1, 4, 2])).toBe(3);
  });
});

describe("PyTorch", () => {
  test("is tried with 1 thread and with all, one network's work in one process", () => {
    const tried = settings(work("ctrnn-64"), 2, "autograd").map(({ threads, blasThreads, processes }) => [
      threads,
      blasThreads,
      processes,
    ]);
    expect(tried).toEqual([
      [1, 1, 1],
      [1, 2, 1],
      [2, 2, 1],
    ]);
    expect(settings(work("ctrnn-64"), 1, "autograd")).toHaveLength(1);
  });

  test("divides the networks of a sweep among as many processes as cores", () => {
    expect(settings(work("sweep-30"), 8, "autograd").map(({ processes }) => processes)).toEqual([1, 2, 8]);
  });

  testUnless(hasTorch ? undefined : "there is no PyTorch")(
    "has the same states and gradients with its own derivative and with that by hand, to 1e-5 of the largest",
    () => {
      const text = `
import json, torch, ctrnn, nrnn
def results(form, *shapes):
    torch.manual_seed(1)
    first, *others = [torch.randn(shape) / shape[-1]**0.5 for shape in shapes]
    wanted = others if form in nrnn.forms.values() else [first, *others]
    for argument in wanted:
        argument.requires_grad_()
    states = form(first, *others)
    states.square().sum().backward()
    return [states, *(argument.grad for argument in wanted)]
def difference(one, other):
    return ((one - other).abs().max() / one.abs().max()).item()
for cell, shapes in (ctrnn, [(40, 5, 9), (9, 9)]), (nrnn, [(40, 5, 1), (1, 9), (9,), (9, 9), (9, 9)]):
    own, by_hand = (results(cell.forms[form], *shapes) for form in ("autograd", "derivative by hand"))
    for one, other in zip(own, by_hand, strict=True):
        print(json.dumps(difference(one, other)))`;
      const { stdout, stderr } = spawnSync(python, ["-B", "-c", text], {
        cwd: join(root, "bench", "peers", "pytorch"),
        encoding: "utf8",
      });
      expect(stderr).toBe("");
      const differences = stdout.trim().split("\n").map(Number);
      expect(differences).toHaveLength(8);
      // float32 sums in another order: 6e-8 each, some 40 of them
      for (const difference of differences) expect(difference).toBeLessThan(1e-5);
    },
  );
});

describe("options of the bench", () => {
  test("--only keeps the order of the table, --quick and --json are off unless given", () => {
    expect(benchOptions([], names)).toEqual({ only: names, quick: false, byHand: false, json: false });
    const only = ["ctrnn-64", "sweep-30"];
    const expected = { only, quick: true, byHand: false, json: true };
    expect(benchOptions(["--only", "sweep-30,ctrnn-64", "--quick", "--json"], names)).toEqual(expected);
    expect(benchOptions(["--only=sweep-30,ctrnn-64", "--json", "--quick"], names)).toEqual(expected);
  });

  test.each([
    [["--only", "nonsense"], 'names of works with commas between, got "nonsense"; there are ctrnn-64, '],
    [["--only"], 'got ""'],
    [["--fast"], "takes --only <works>, --quick, --by-hand and --json, got --fast"],
  ])("%j ends with code 2 and names what was wrong", (words, message) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "bench", "run.mjs"), ...words], {
      encoding: "utf8",
    });
    expect(stderr).toContain(message);
    expect([status, stdout]).toEqual([2, ""]);
  });
});
