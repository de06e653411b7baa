import { spawnSync } from "node:child_process";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/tools/folders.mjs";
import { InternalError } from "../../src/core/errors.ts";
import { jobSize, jobWords, type KernelInstance, type KernelProvider } from "../../src/engine/compiled/contract.ts";
import { nativeProvider } from "../../src/platform/node/native-provider.ts";
import { wasmProvider } from "../../src/platform/node/wasm-provider.ts";
import { testUnless } from "../helpers/skip.ts";

const stackBytes = 65536;

/** `mark` fills three quarters of a thread's stack again and again; `fail` divides by nothing. */
const text = `
#include "scan.h"

static u32 written_once = 1000;
static const u32 table[5] = {2, 3, 5, 7, 11};

JOB(mark) {
  volatile u32 local[${(0.75 * stackBytes) / 4}];
  const int length = sizeof local / sizeof *local;
  u32 total = 0;
  for (int round = 0; round < n[1]; round++) {
    for (int i = 0; i < length; i++) local[i] = n[0] + i;
    for (int i = 0; i < length; i++) total += local[i] == (u32)(n[0] + i);
  }
  u32 *out = b[0];
  out[0] = total;
  out[1] = (u32)(unsigned long)local;
  out[2] = written_once + table[n[0] % 5];
  out[3] = (u32)s[0];
}

JOB(fail) { ((u32 *)b[0])[0] = n[0] / n[1]; }
`;

const instances: KernelInstance[] = [];
afterAll(() => {
  for (const instance of instances) instance.close();
});

async function instanceWith(threads: number, provider: KernelProvider = wasmProvider()): Promise<KernelInstance> {
  const instance = await provider.instantiate("thread test", text, {
    precision: "float32",
    functions: ["mark", "fail"],
    threads,
  });
  instances.push(instance);
  return instance;
}

/** Runs `count` jobs laid out from byte `at` on. @returns the four words that each wrote */
function outputs(instance: KernelInstance, name: string, at: number, count: number, rounds: number): number[][] {
  const [arguments_, out] = [at + count * jobSize * 4, at + count * (jobSize * 4 + 32)];
  instance.reserve(out + count * 16);
  const words = new Uint32Array(instance.buffer());
  const reals = new Float64Array(instance.buffer());
  for (let job = 0; job < count; job++) {
    const own = arguments_ + job * 32;
    const first = at / 4 + job * jobSize;
    words[first + jobWords.addresses] = own;
    words[first + jobWords.addressCount] = 1;
    words[first + jobWords.integers] = own + 8;
    words[first + jobWords.settings] = own + 16;
    // with the high word of an address of 8 bytes, 0
    words[own / 4] = out + job * 16;
    words[own / 4 + 2] = job;
    words[own / 4 + 3] = rounds;
    reals[own / 8 + 2] = 7 * job;
  }
  instance.run(name, at, count);
  return Array.from({ length: count }, (_, job) => [...new Uint32Array(instance.buffer(), out + job * 16, 4)]);
}

const expected = (count: number, rounds: number) =>
  Array.from({ length: count }, (_, job) => [
    (rounds * 0.75 * stackBytes) / 4,
    1000 + [2, 3, 5, 7, 11][job % 5],
    7 * job,
  ]);
const withoutAddress = (rows: number[][]) => rows.map(([total, , data, setting]) => [total, data, setting]);

describe("a WebAssembly kernel", () => {
  test.each([1, 2, 4])("on %i threads does each job with its own arguments, static data and stack", async (threads) => {
    const instance = await instanceWith(threads);
    expect(instance.threads).toBe(threads);
    const found = new Set<number>();
    // 64 jobs of about 2 ms: other threads are awake before the owner has done them all, on a busy machine in the end
    for (let i = 0; i < 20 && found.size < Math.min(2, threads); i++) {
      const rows = outputs(instance, "mark", instance.heapBase, 64, 100);
      expect(withoutAddress(rows)).toEqual(expected(64, 100));
      for (const [, address] of rows) found.add(address);
    }
    const stacks = [...found].sort((a, b) => a - b);
    expect(stacks.length).toBeGreaterThanOrEqual(Math.min(2, threads));
    expect(stacks.length).toBeLessThanOrEqual(threads);
    for (const [i, address] of stacks.entries()) {
      expect(address + 0.75 * stackBytes).toBeLessThanOrEqual(instance.heapBase);
      if (i > 0) expect(address - stacks[i - 1]).toBeGreaterThanOrEqual(stackBytes);
    }
  });

  test("grows its memory while other threads exist: they see jobs and arrays behind what they knew, 20 times", async () => {
    const instance = await instanceWith(3);
    for (let i = 0; i < 20; i++) {
      const at = instance.buffer().byteLength;
      expect(withoutAddress(outputs(instance, "mark", at, 16, 5))).toEqual(expected(16, 5));
    }
    expect(instance.buffer().byteLength).toBeGreaterThan(2 ** 21);
  });

  test.each([1, 3])("on %i threads tells a trap in a job as an InternalError and works on", async (threads) => {
    const instance = await instanceWith(threads);
    expect(() => outputs(instance, "fail", instance.heapBase, 8, 0)).toThrow(InternalError);
    expect(() => outputs(instance, "fail", instance.heapBase, 8, 0)).toThrow(
      /a job failed \(RuntimeError: divide by zero\)/,
    );
    expect(withoutAddress(outputs(instance, "mark", instance.heapBase, 8, 1))).toEqual(expected(8, 1));
  });

  test("knows only the functions that it was asked for", async () => {
    const instance = await instanceWith(1);
    expect(() => instance.run("other", instance.heapBase, 1)).toThrow(/function other was not asked for/);
    const options = { precision: "float32", functions: ["absent"], threads: 1 } as const;
    await expect(wasmProvider().instantiate("thread test", text, options)).rejects.toThrow(/has no function absent/);
  });
});

describe("where addresses are limited to 11 GB", () => {
  const noLimit = spawnSync("sh", ["-c", "ulimit -v 11000000"]).status !== 0;
  testUnless(noLimit ? "this system has no ulimit -v" : undefined)(
    "a WebAssembly kernel is refused as a CapabilityError that names the limit",
    () => {
      const script = `
        import { kernelMemory } from "./dist/platform/wasm/instance.js";
        try { kernelMemory(); } catch ({ name, message }) { console.log(name, message); }`;
      const command = 'ulimit -v 11000000; exec "$0" --input-type=module -e "$1"';
      const { stdout } = spawnSync("sh", ["-c", command, process.execPath, script], { cwd: root, encoding: "utf8" });
      expect(stdout).toMatch(/^CapabilityError WebAssembly memory: a kernel needs .*ulimit -v/);
    },
  );
});

/** How many stacks the low words of addresses are on: a call is less than 256 KiB deep, stacks lie further apart. */
function stackCount(addresses: ReadonlySet<number>): number {
  const sorted = [...addresses].sort((a, b) => a - b);
  return sorted.filter((address, i) => i === 0 || address - sorted[i - 1] > 2 ** 18).length;
}

describe("a native kernel", () => {
  const provider = nativeProvider();
  const testNative = testUnless(provider.unavailable());

  for (const threads of [1, 2, 4]) {
    testNative(`on ${threads} threads does each job with its own arguments, and sees memory grow`, async () => {
      const instance = await instanceWith(threads, provider);
      expect(instance.threads).toBe(threads);
      const found = new Set<number>();
      for (let i = 0; i < 5 || (i < 50 && stackCount(found) < Math.min(2, threads)); i++) {
        const at = i === 0 ? instance.heapBase : instance.buffer().byteLength;
        const rows = outputs(instance, "mark", at, 32, 40);
        expect(withoutAddress(rows)).toEqual(expected(32, 40));
        for (const [, address] of rows) found.add(address);
      }
      expect(stackCount(found)).toBeGreaterThanOrEqual(Math.min(2, threads));
      expect(stackCount(found)).toBeLessThanOrEqual(threads);
    });
  }
});
