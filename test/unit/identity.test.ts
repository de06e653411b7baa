import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/core/canonical-json.ts";
import { sha256 } from "../../src/core/sha256.ts";
import { conditionId, type RunSpec, runFormat, runId } from "../../src/study/spec.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("sha256", () => {
  test("gives the three digests that FIPS 180-4's examples publish", () => {
    expect(sha256(bytes(""))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(sha256(bytes("abc"))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(sha256(bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))).toBe(
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    );
  });

  test("equals node:crypto for every length from 0 to 300 bytes, which crosses each padding boundary", () => {
    for (let length = 0; length <= 300; length++) {
      const data = Uint8Array.from({ length }, (_, i) => (i * 197 + length) & 255);
      expect(sha256(data)).toBe(createHash("sha256").update(data).digest("hex"));
    }
  });
});

describe("canonicalJson", () => {
  test("does not depend on the order of keys at any depth and leaves out what is undefined", () => {
    const a = { b: [1, { y: null, x: "z" }], a: 0.1, gone: undefined };
    const b = { a: 0.1, b: [1, { x: "z", y: null }] };
    expect(canonicalJson(a)).toBe(canonicalJson(b));
    expect(canonicalJson(a)).toBe('{"a":0.1,"b":[1,{"x":"z","y":null}]}');
  });

  test("writes numbers as RFC 8785 asks: 1e30, 4.5, 0.002, 1e-27", () => {
    expect(canonicalJson([1e30, 4.5, 2e-3, 1e-27, -0])).toBe("[1e+30,4.5,0.002,1e-27,0]");
  });

  test("reads back to the same value", () => {
    const value = { text: '"\\\u0001é', list: [true, false, null, -1.5e-9], nested: { "": {} } };
    expect(JSON.parse(canonicalJson(value))).toEqual(value);
  });

  test("refuses what JSON would change silently, and says where", () => {
    expect(() => canonicalJson({ a: [1, Number.NaN] })).toThrow("canonical JSON, a[1]: must be plain JSON");
    expect(() => canonicalJson({ a: new Float32Array(1) })).toThrow("an object with a class");
  });
});

describe("runId and conditionId", () => {
  const spec = {
    format: runFormat,
    task: { name: "function-approximation", options: { target: "sin-pi" }, files: {} },
    network: { cell: "ctrnn", hiddenSize: 3, settings: { alpha: 0.2 }, noise: [] },
    training: { updates: 4, learningRate: 0.003 },
    evaluation: null,
    engine: { backend: "reference", precision: "float64" },
    seed: 3,
  } as unknown as RunSpec;
  const hash = (value: unknown) => createHash("sha256").update(canonicalJson(value)).digest("hex");

  test("are SHA-256 of format, digests of the parts and, for a run, its seed", () => {
    const { format, task, network, training, engine, seed } = spec;
    const parts = {
      format,
      task: hash(task),
      network: hash(network),
      training: hash(training),
      evaluation: null,
      engine: hash(engine),
    };
    expect(conditionId(spec)).toBe(hash(parts));
    expect(runId(spec)).toBe(hash({ ...parts, seed }));
  });

  test("are the same for equal specifications, whichever objects hold them", () => {
    const copy = JSON.parse(JSON.stringify(spec)) as RunSpec;
    expect(runId(copy)).toBe(runId(spec));
    expect(conditionId(copy)).toBe(conditionId(spec));
  });

  test("differ with every part; the condition does not differ with the seed", () => {
    const changed: RunSpec[] = [
      { ...spec, task: { ...spec.task, name: "table" } },
      { ...spec, network: { ...spec.network, hiddenSize: 4 } },
      { ...spec, training: { ...spec.training, updates: 5 } },
      { ...spec, evaluation: { site: null, intensities: [0], trials: 1, repeats: 1 } },
      { ...spec, engine: { ...spec.engine, backend: "wasm" } },
    ];
    expect(new Set([spec, ...changed].map(conditionId)).size).toBe(6);
    const reseeded = { ...spec, seed: 4 };
    expect(new Set([spec, reseeded, ...changed].map(runId)).size).toBe(7);
    expect(conditionId(reseeded)).toBe(conditionId(spec));
  });
});
