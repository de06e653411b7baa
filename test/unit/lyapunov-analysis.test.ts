import { beforeAll, describe, expect, test } from "vitest";
import type { AnalysisCall, FindingRow, Findings } from "../../src/analysis/contract.ts";
import { lyapunov } from "../../src/analysis/lyapunov.ts";
import { ParameterError } from "../../src/core/errors.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import type { NetworkOptions } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import { followTask } from "../helpers/small-tasks.ts";

installBackends();

const small = { steps: 40, blocks: 4, transient: 20, trials: 6, starts: 2, inputCount: 2 };
/** A network of three units whose recurrent matrix is 0.5 and -0.3 on the diagonal and 0 in the last place. */
async function subject(network: Partial<NetworkOptions> = {}): Promise<AnalysisCall> {
  const made = createNetwork({
    cell: "ctrnn",
    inputSize: 1,
    hiddenSize: 3,
    outputSize: 1,
    settings: { alpha: 0.2, activation: "tanh" },
    noise: [{ site: "state-multiplicative", intensity: 0.3 }],
    ...network,
  });
  return {
    network: made,
    kernel: await made.kernel({ precision: "float64", backend: "vector" }),
    weights: { ...made.initialWeights(1), wRec: Float64Array.of(0.5, 0, 0, 0, -0.3, 0, 0, 0, 0) },
    seed: 3,
    task: followTask,
    training: undefined,
    options: {},
  };
}
const analysed = (call: AnalysisCall, options: Readonly<Record<string, unknown>> = {}): Promise<Findings> =>
  lyapunov.run({ ...call, options: resolvedOptions("test", lyapunov.options, { ...small, ...options }) });
const rowsOf = ({ tables }: Findings, name: string): readonly FindingRow[] =>
  tables.find((table) => table.name === name)?.rows ?? [];
const numberOf = ({ numbers }: Findings, name: string) => numbers.find((finding) => finding.name === name)?.value;

let call: AnalysisCall;
let plain: Findings;
beforeAll(async () => {
  call = await subject();
  plain = await analysed(call);
});

describe("the analysis lyapunov", () => {
  test("units without activation have ln(1 - alpha + alpha w), under every drive; per time divided by alpha", async () => {
    const linear = await subject({ settings: { alpha: 0.2, activation: "linear" }, noise: [] });
    const found = await analysed(linear, { transient: 400 });
    const expected = [0.5, 0, -0.3].map((w) => Math.log(0.8 + 0.2 * w));
    for (const drive of ["constant", "stream"]) {
      const rows = rowsOf(found, "spectrum").filter((row) => row.drive === drive);
      expect(rows.map(({ index }) => index)).toEqual([1, 2, 3]);
      for (const [i, { perStep, perTime }] of rows.entries()) {
        expect(perStep).toBeCloseTo(expected[i], 9);
        expect(perTime).toBeCloseTo(expected[i] / 0.2, 8);
      }
    }
    // a frame that starts at random: within ln(3) / (2 steps) and a little
    expect(Math.abs((numberOf(found, "largestTrials") as number) - expected[0])).toBeLessThan(0.2);
    expect(numberOf(found, "dimensionConstant")).toBe(0);
    expect(numberOf(found, "noiseShiftConstant")).toBeUndefined();
  });

  test("the same call gives the same findings", async () => {
    expect(await analysed(call)).toEqual(plain);
  });

  test("six trials, two inputs times two starts, two starts; with and without noise", () => {
    const counts = (drive: string) => rowsOf(plain, "trajectories").filter((row) => row.drive === drive).length;
    expect([counts("trials"), counts("constant"), counts("stream")]).toEqual([12, 8, 4]);
    expect(rowsOf(plain, "convergence").map(({ steps }) => steps)).toContain(40);
    expect(numberOf(plain, "noiseShiftConstant")).not.toBe(0);
  });

  test.each([
    { drive: "constant" },
    { levels: "0, 0.5" },
    { site: "state-multiplicative", levels: "0, 1" },
    { inputs: "2" },
    { inputCount: 3 },
    { starts: 3 },
    { trials: 5 },
    { vectors: 2 },
    { transient: 21 },
    { steps: 44 },
    { blocks: 5 },
    { interval: 3 },
  ])("option %o changes the findings", async (option) => {
    expect(await analysed(call, option)).not.toEqual(plain);
  });

  test.each([
    [{ drive: "constand" }, 'did you mean "constant"'],
    [{ site: "outside" }, "outside"],
    [{ levels: "0, x" }, 'got "x"'],
    [{ vectors: 4 }, "as many exponents as states, 3, got 4"],
    [{ blocks: 41 }, "at most steps, 40, got 41"],
  ])("%o is refused with what was wrong", async (option, message) => {
    await expect(analysed(call, option)).rejects.toThrow(ParameterError);
    await expect(analysed(call, option)).rejects.toThrow(message);
  });

  test("feedforward networks forget at once: no direction is left, and a warning says so", async () => {
    const network = createNetwork({ cell: "feedforward", inputSize: 1, hiddenSize: 3, outputSize: 1 });
    const kernel = await network.kernel({ precision: "float64", backend: "vector" });
    const found = await analysed({ ...call, network, kernel, weights: network.initialWeights(1) });
    expect(rowsOf(found, "spectrum").every(({ perStep }) => perStep === null)).toBe(true);
    expect(found.warnings.join()).toContain("singular Jacobian");
  });
});
