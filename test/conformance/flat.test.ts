/** Element-wise rules: compiled functions give the bits of the reference, and they are what ran. */
import { describe, expect, test } from "vitest";
import {
  abs,
  add,
  div,
  type Expression,
  exp,
  max,
  min,
  mul,
  neg,
  relu,
  sign,
  sqrt,
  sub,
  where,
} from "../../src/cell/expression.ts";
import { normals } from "../../src/core/random.ts";
import type { KernelInstance, KernelProvider } from "../../src/engine/compiled/contract.ts";
import type { Precision, RealArray } from "../../src/engine/contract.ts";
import { compiledRules } from "../../src/engine/flat/compiled.ts";
import type { FlatEvaluator } from "../../src/engine/flat/contract.ts";
import { emitRules, range, ruleFunction } from "../../src/engine/flat/emit.ts";
import { installRules, prepareRules } from "../../src/engine/flat/prepare.ts";
import { flatReference } from "../../src/engine/flat/reference.ts";
import { type FlatRule, flatRule } from "../../src/engine/flat/rule.ts";
import { wasmProvider } from "../../src/platform/node/wasm-provider.ts";
import { optimiserRules, prepareOptimiser } from "../../src/train/optimisers/prepared.ts";
import { optimisers } from "../../src/train/optimisers/registry.ts";
import { train } from "../../src/train/train.ts";
import { providers } from "../helpers/backends.ts";
import { leakyNetwork } from "../helpers/leaky-network.ts";
import { testUnless } from "../helpers/skip.ts";
import { followTask } from "../helpers/small-tasks.ts";
import { nativeTargets, runNative } from "../helpers/wasm-c.ts";

/** Every operation that a rule may use, with a constant and a setting in scalar arithmetic of its own. */
const everyOperation = flatRule({
  name: "every_operation",
  inputs: ["a", "b"],
  settings: ["s"],
  equations: ({ a, b }, { s }) => ({
    signs: add(sign(a), mul(2, abs(b)), neg(mul(a, b))),
    limits: sub(max(a, mul(s, b)), min(b, 0.1)),
    choice: where(sub(a, b), relu(a), div(b, sub(1e-3, sqrt(s)))),
    root: sqrt(abs(a)),
  }),
});
const rules = [...optimiserRules, everyOperation];
const precisions: readonly Precision[] = ["float32", "float64"];
/** None, one, odd ones, several and not whole vectors, and one more than a block holds. */
const lengths = [0, 1, 3, 17, 1000, 4097];

function drawn(length: number, precision: Precision, trial: number): RealArray {
  const array = normals(new Float64Array(length), { seed: 7, stream: 1 }, { trial });
  // zeros of both signs, and products that are subnormal in float32
  for (let i = 0; i < length; i += 5) array[i] *= i % 2 === 0 ? -0 : 1e-30;
  return precision === "float32" ? Float32Array.from(array) : array;
}

/** Inputs of a rule; what stands under a root is not negative. */
function groupsOf(rule: FlatRule, precision: Precision, sizes: readonly number[]): RealArray[][] {
  return sizes.map((length, group) =>
    rule.inputs.map((name, k) => {
      const array = drawn(length, precision, 10 * group + k);
      return name === "square" ? array.map(Math.abs) : array;
    }),
  );
}

const settingsOf = (rule: FlatRule): Record<string, number> =>
  Object.fromEntries(rule.settings.map((name, k) => [name, 0.3 + k / 7]));

function bits(array: RealArray): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("hex");
}

function expectSameBits(evaluator: FlatEvaluator, rule: FlatRule, precision: Precision, sizes: readonly number[]) {
  const groups = groupsOf(rule, precision, sizes);
  const before = JSON.stringify(groups.map((inputs) => inputs.map(bits)));
  const received = evaluator.evaluate(rule, groups, settingsOf(rule));
  const expected = flatReference.evaluate(rule, groups, settingsOf(rule));
  for (const [group, outputs] of expected.entries()) {
    expect(received[group].length).toBe(rule.outputs.length);
    for (const [k, output] of outputs.entries()) {
      expect(output.every(Number.isFinite)).toBe(true);
      expect(received[group][k].constructor).toBe(output.constructor);
      expect(bits(received[group][k]), `${rule.name} ${rule.outputs[k]} of ${sizes[group]}`).toBe(bits(output));
    }
  }
  expect(JSON.stringify(groups.map((inputs) => inputs.map(bits)))).toBe(before);
}

describe.each(providers.map((provider) => ({ provider, variant: provider.variant })))("$variant", ({ provider }) => {
  test.each(precisions)(
    "%s: all rules have the reference's bits on 0 to 4097 numbers, run by their functions",
    async (precision) => {
      const options = { precision, functions: rules.map(ruleFunction), threads: 1 };
      const instance = await provider.instantiate("rules of a test", emitRules(rules), options);
      const calls: string[] = [];
      const run: KernelInstance["run"] = (name, ...job) => {
        calls.push(name);
        instance.run(name, ...job);
      };
      const evaluator = compiledRules("compiled", { ...instance, run }, rules, precision);
      for (const rule of rules) {
        for (const length of lengths) {
          expectSameBits(evaluator, rule, precision, [length]);
          const expected = Math.ceil(length / 4096);
          expect(calls.splice(0)).toEqual(new Array(expected).fill(ruleFunction(rule)));
        }
        // together 5118 numbers: two blocks, the second begins within the last group
        expectSameBits(evaluator, rule, precision, lengths);
        expect(calls.splice(0)).toEqual([ruleFunction(rule), ruleFunction(rule)]);
      }
    },
  );
});

describe("native code", () => {
  const targets = nativeTargets();
  for (const target of targets) {
    test(`${target.name}: all rules have the reference's bits on 1000 numbers in both precisions`, () => {
      for (const precision of precisions) {
        const inputs = rules.map((rule) => groupsOf(rule, precision, [1000])[0]);
        const numbers = rules.map((rule) => Float64Array.from(rule.settings, (name) => settingsOf(rule)[name]));
        const flags = precision === "float32" ? [] : ["-DREAL64"];
        const input = rules.map((_, r) => [numbers[r], ...inputs[r]].map(bits).join("")).join("");
        const output = runNative(nativeProgram, target, { flags, input: Buffer.from(input, "hex") });
        const expected = rules.map((rule, r) =>
          flatReference.evaluate(rule, [inputs[r]], settingsOf(rule))[0].map(bits).join(""),
        );
        expect(Buffer.from(output).toString("hex"), precision).toBe(expected.join(""));
      }
    });
  }
  testUnless(targets.length > 0 ? undefined : "there is no C compiler")(
    "at least one instruction set was tested",
    () => {
      expect(targets.length).toBeGreaterThan(0);
    },
  );
});

/** For each rule reads settings and inputs of 1000 numbers and writes the outputs. */
const nativeProgram = `
  #include <stdio.h>
  ${emitRules(rules)}
  static stored a[8][1024] __attribute__((aligned(64)));
  static int run(void (*rule)(void **, const i32 *, const double *), int settings, int inputs, int outputs) {
    double s[8];
    void *b[8];
    i32 n[2];
    n[${range.from}] = 0;
    n[${range.to}] = 1000;
    for (int k = 0; k < 8; k++) b[k] = a[k];
    if (fread(s, 8, settings, stdin) != (unsigned)settings) return 1;
    for (int k = 0; k < inputs; k++) if (fread(a[k], sizeof(stored), 1000, stdin) != 1000) return 1;
    rule(b, n, s);
    for (int k = inputs; k < inputs + outputs; k++) fwrite(a[k], sizeof(stored), 1000, stdout);
    return 0;
  }
  int main(void) {
    return ${rules
      .map((rule) => {
        const sizes = [rule.settings, rule.inputs, rule.outputs].map(({ length }) => length);
        return `run(${[ruleFunction(rule), ...sizes].join(", ")})`;
      })
      .join(" || ")};
  }`;

describe("which evaluator", () => {
  test("a back end with a provider compiles, any other evaluates the reference", async () => {
    installRules("a test's back end", wasmProvider());
    const precision = "float32";
    expect(
      (await prepareRules("optimisers", optimiserRules, { backend: "a test's back end", precision })).backend,
    ).toBe("a test's back end");
    expect(await prepareRules("optimisers", optimiserRules, { backend: "reference", precision })).toBe(flatReference);
  });

  test.each(optimisers.names)("%s: 20 compiled updates end with the bits of the reference's", async (name) => {
    installRules("a test's back end", wasmProvider());
    const compiled = await prepareOptimiser(name, { backend: "a test's back end", precision: "float32" });
    const options = { momentum: 0.9, nesterov: true, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, smoothing: 0.99 };
    const final = [compiled, optimisers.get(name)].map((optimiser) => {
      let weights: Readonly<Record<string, RealArray>> = { a: drawn(37, "float32", 1), b: drawn(3, "float32", 2) };
      let state = optimiser.init(weights, options);
      for (let k = 0; k < 20; k++) {
        const gradient = { a: drawn(37, "float32", 100 + k), b: drawn(3, "float32", 200 + k) };
        const call = { weights, gradient, state, rate: 0.01, weightDecay: 0.1, options };
        ({ weights, state } = optimiser.update(call));
      }
      return [weights, ...Object.values(state.slots)].map(({ a, b }) => [bits(a), bits(b)]);
    });
    expect(final[0]).toEqual(final[1]);
  });
});

test("train runs the compiled rule of its optimiser once an update and ends with the weights of the reference", async () => {
  const provider = wasmProvider();
  const calls: string[] = [];
  const counting: KernelProvider = {
    ...provider,
    instantiate: async (...call) => {
      const instance = await provider.instantiate(...call);
      const run: KernelInstance["run"] = (name, ...job) => {
        calls.push(name);
        instance.run(name, ...job);
      };
      return { ...instance, run };
    },
  };
  const trained = async (backend: string) => {
    const network = leakyNetwork({ intensity: 0.2, outputSize: 1 });
    const kernel = { ...network.run("float32"), backend };
    const options = { updates: 12, batchSize: 8, optimiser: { name: "rmsprop" } };
    const { weights } = await train({ network, kernel, task: followTask, options, seed: 1 });
    return Object.values(weights).map(bits);
  };
  const expected = await trained("without a provider");
  expect(calls).toEqual([]);
  installRules("with a provider", counting);
  expect(await trained("with a provider")).toEqual(expected);
  expect(calls).toEqual(new Array(12).fill("rule_rmsprop"));
});

test("a rule with an operation that is not exactly rounded is refused by name", () => {
  expect(() => flatRule({ name: "bad", inputs: ["a"], settings: [], equations: ({ a }) => ({ b: exp(a) }) })).toThrow(
    /rule bad: operations must be exactly rounded, got exp; compute it beforehand/,
  );
});

test("a setting that changes nothing is refused by name", () => {
  const equations = ({ a }: Record<"a", Expression>) => ({ b: neg(a) });
  expect(() => flatRule({ name: "bad", inputs: ["a"], settings: ["rate"], equations })).toThrow(
    /rule bad: every input and setting must be used, got rate/,
  );
});
