import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { root } from "../../scripts/tools/folders.mjs";
import { CapabilityError, ParameterError } from "../../src/core/errors.ts";
import { jobSize, jobWords, type KernelInstance } from "../../src/engine/compiled/contract.ts";
import { isWhole, loadAddon, type NativeSource, openNative } from "../../src/platform/node/native-addon.ts";
import { availableInstructionSets, instructionSetsOf } from "../../src/platform/node/native-instructions.ts";
import { nativeFindings, nativeProvider } from "../../src/platform/node/native-provider.ts";
import { testUnless } from "../helpers/skip.ts";

/** `scale` multiplies n[0] numbers by s[0] and counts its calls in b[1], if there is one; `sizes` tells what it is. */
const text = `#include "scan.h"
JOB(scale) {
  real *x = (real *)b[0];
  for (int i = 0; i < n[0]; i++) x[i] *= (real)s[0];
  if (b[1]) ++*(int *)b[1];
}
JOB(sizes) {
  int *to = (int *)b[0];
  to[0] = sizeof(real);
  to[1] = VBYTES;
}`;
/** The same for a test that needs it compiled anew. */
const own = (name: string) => `${text}\n/* ${name} */`;
const functions = ["scale", "sizes"];
const float32 = { precision: "float32", functions, threads: 1 } as const;
const float64 = { precision: "float64", functions, threads: 1 } as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "noisy rnn native "));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  vi.stubEnv("NOISY_RNN_CACHE", folder);
  vi.stubEnv("NOISY_RNN_ISA", undefined);
});
afterEach(() => vi.unstubAllEnvs());

const obstacle = nativeProvider().unavailable();
const testNative = testUnless(obstacle);
const kernels = () => readdirSync(join(folder, "kernels"));

interface Job {
  readonly addresses: readonly number[];
  readonly integers: readonly number[];
  readonly settings: readonly number[];
}

/** Writes jobs from byte `at` on, with their arrays behind them. */
function writeJobs(instance: KernelInstance, at: number, jobs: readonly Job[]): void {
  const words = new Uint32Array(instance.buffer());
  const numbers = new Float64Array(instance.buffer());
  let free = at + 64 * Math.ceil((4 * jobSize * jobs.length) / 64);
  for (const [index, { addresses, integers, settings }] of jobs.entries()) {
    const first = at / 4 + jobSize * index;
    words[first + jobWords.addresses] = free;
    words[first + jobWords.addressCount] = addresses.length;
    for (const [i, address] of addresses.entries()) words.set([address, 0], free / 4 + 2 * i);
    free += 8 * addresses.length;
    words[first + jobWords.settings] = free;
    numbers.set(settings, free / 8);
    free += 8 * settings.length;
    words[first + jobWords.integers] = free;
    words.set(integers, free / 4);
    free += 8 * Math.ceil(integers.length / 2);
  }
}

const jobsAt = 4096;
const dataAt = 8192;

function sizesOf(instance: KernelInstance): number[] {
  writeJobs(instance, jobsAt, [{ addresses: [dataAt], integers: [], settings: [] }]);
  instance.run("sizes", jobsAt, 1);
  return [...new Int32Array(instance.buffer(), dataAt, 2)];
}

describe("a native kernel", () => {
  testNative("gets pointers, integers and settings of every job, and no pointer where the address is 0", async () => {
    const instance = await nativeProvider().instantiate("scale", text, float32);
    expect([instance.addressBytes, instance.heapBase % 64, instance.threads]).toEqual([8, 0, 1]);
    const counter = dataAt + 1024;
    const data = new Float32Array(instance.buffer(), dataAt, 6);
    data.set([1, 2, 3, 4, 5, 6]);
    writeJobs(instance, jobsAt, [
      { addresses: [dataAt, counter], integers: [2], settings: [10] },
      { addresses: [dataAt + 8, counter], integers: [3], settings: [-0.5] },
      { addresses: [dataAt + 20, 0], integers: [1], settings: [0] },
    ]);
    instance.run("scale", jobsAt, 2);
    expect([...data]).toEqual([10, 20, -1.5, -2, -2.5, 6]);
    instance.run("scale", jobsAt + 8 * jobSize, 1);
    expect(data[5]).toBe(0);
    expect(new Int32Array(instance.buffer(), counter, 1)[0]).toBe(2);
  });

  testNative("keeps what is in its memory when that grows to 64 MiB, and refuses more than 4 GiB", async () => {
    const instance = await nativeProvider().instantiate("scale", text, float32);
    const far = 2 ** 26 - 64;
    new Float32Array(instance.buffer(), dataAt, 1)[0] = 7;
    instance.reserve(2 ** 26);
    expect(instance.buffer().byteLength).toBeGreaterThanOrEqual(2 ** 26);
    new Float32Array(instance.buffer(), far, 1)[0] = 5;
    writeJobs(instance, jobsAt, [
      { addresses: [dataAt, 0], integers: [1], settings: [2] },
      { addresses: [far, 0], integers: [1], settings: [2] },
    ]);
    instance.run("scale", jobsAt, 2);
    expect(new Float32Array(instance.buffer(), dataAt, 1)[0]).toBe(14);
    expect(new Float32Array(instance.buffer(), far, 1)[0]).toBe(10);
    expect(() => instance.reserve(2 ** 32 + 1)).toThrow(CapabilityError);
    expect(() => instance.run("other", jobsAt, 1)).toThrow(/function other was not asked for/);
  });

  testNative("has a memory of its own beside another of the same text", async () => {
    const [a, b] = await Promise.all([1, 2].map(() => nativeProvider().instantiate("scale", text, float32)));
    for (const [instance, factor] of [
      [a, 2],
      [b, 3],
    ] as const) {
      new Float32Array(instance.buffer(), dataAt, 1)[0] = 1;
      writeJobs(instance, jobsAt, [{ addresses: [dataAt, 0], integers: [1], settings: [factor] }]);
    }
    a.run("scale", jobsAt, 1);
    b.run("scale", jobsAt, 1);
    expect([a, b].map((instance) => new Float32Array(instance.buffer(), dataAt, 1)[0])).toEqual([2, 3]);
  });

  testNative("runs on another thread in the same memory, from what openNative is given", async () => {
    const before = kernels();
    const instance = await nativeProvider().instantiate("thread", own("thread"), float32);
    const [name] = kernels().filter((file) => !before.includes(file));
    const memory = instance.buffer() as SharedArrayBuffer;
    const source: NativeSource = { kind: "native", file: join(folder, "kernels", name), memory };
    const data = new Float32Array(instance.buffer(), dataAt, 1);
    data[0] = 1;
    writeJobs(instance, jobsAt, [{ addresses: [dataAt, 0], integers: [1], settings: [3] }]);
    openNative(source)(0, jobsAt);
    expect(data[0]).toBe(3);
    const module = pathToFileURL(join(root, "dist", "platform", "node", "native-addon.js")).href;
    const worker = new Worker(
      `const { workerData, parentPort } = require("node:worker_threads");
       import(${JSON.stringify(module)}).then(({ openNative }) => {
         openNative(workerData)(0, ${jobsAt});
         parentPort.postMessage("done");
       });`,
      { eval: true, workerData: source },
    );
    await new Promise((resolve, reject) => worker.on("message", resolve).on("error", reject));
    await worker.terminate();
    expect(data[0]).toBe(9);
  });
});

describe("a crew of native kernels", () => {
  testNative("3 threads do 200 jobs once each, in one memory that grew before, and end when it is closed", async () => {
    const instance = await nativeProvider().instantiate("scale", text, { ...float32, threads: 3 });
    expect(instance.threads).toBe(3);
    const data = 2 ** 20;
    instance.reserve(2 ** 21);
    const numbers = new Float32Array(instance.buffer(), data, 200 * 16).fill(1);
    const jobs = Array.from({ length: 200 }, (_, i) => ({
      addresses: [data + 64 * i, 0],
      integers: [16],
      settings: [i],
    }));
    writeJobs(instance, 65536, jobs);
    for (let repeat = 0; repeat < 3; repeat++) instance.run("scale", 65536, 200);
    expect([...numbers]).toEqual(jobs.flatMap((_, i) => Array(16).fill(Math.fround(i ** 3))));
    instance.close();
    expect(() => instance.run("scale", 65536, 1)).toThrow(/closed/);
  });
});

describe("instruction sets", () => {
  for (const set of availableInstructionSets()) {
    const bytes = { baseline: 16, avx2: 32, avx512: 64, neon: 16 }[set];
    testNative(`${set}: vectors of ${bytes} bytes in both precisions, and NOISY_RNN_ISA=${set} forces it`, async () => {
      vi.stubEnv("NOISY_RNN_ISA", set);
      const provider = nativeProvider();
      expect([provider.variant, provider.unavailable()]).toEqual([set, undefined]);
      expect(sizesOf(await provider.instantiate("sizes", text, float32))).toEqual([4, bytes]);
      expect(sizesOf(await provider.instantiate("sizes", text, float64))).toEqual([8, bytes]);
    });
  }

  testNative("the widest is used unless another is named", () => {
    expect(nativeProvider().variant).toBe(availableInstructionSets().at(-1));
    expect(nativeProvider({ instructionSet: availableInstructionSets()[0] }).variant).toBe(
      availableInstructionSets()[0],
    );
    expect(nativeFindings().instructionSet).toBe(availableInstructionSets().at(-1));
  });

  test("one that the processor lacks is an error that names those it has", () => {
    vi.stubEnv("NOISY_RNN_ISA", "avx1024");
    const { unavailable } = nativeProvider();
    expect(unavailable).toThrow(ParameterError);
    expect(unavailable).toThrow(
      new RegExp(
        `^NOISY_RNN_ISA: no instruction set of this processor is named "avx1024"; .*known: ${availableInstructionSets().join(", ")}$`,
      ),
    );
  });

  test("x86-64 has the baseline whatever it lists, and a wider set only with everything that it needs", () => {
    const avx2 = ["sse2", "avx2", "fma"];
    const avx512 = [...avx2, "avx512f", "avx512dq", "avx512bw", "avx512vl"];
    const of = (flags: readonly string[]) => instructionSetsOf("x64", () => flags);
    expect(of([])).toEqual(["baseline"]);
    expect(of(["avx2"])).toEqual(["baseline"]);
    expect(of(avx2)).toEqual(["baseline", "avx2"]);
    expect(of(avx512)).toEqual(["baseline", "avx2", "avx512"]);
    for (const missing of avx512.slice(3))
      expect(of(avx512.filter((flag) => flag !== missing))).not.toContain("avx512");
    expect(instructionSetsOf("arm64", () => [])).toEqual(["neon"]);
    expect(instructionSetsOf("s390x", () => [])).toEqual([]);
  });
});

describe("compilation", () => {
  testNative(
    "happens once: 3 instances at once and one later compile 1 time, other precision 1 time more",
    async () => {
      const notices: string[] = [];
      const provider = nativeProvider({ onCompile: ({ name, precision }) => notices.push(`${name} ${precision}`) });
      await Promise.all([1, 2, 3].map(() => provider.instantiate("once", own("once"), float32)));
      await nativeProvider({ onCompile: () => notices.push("again") }).instantiate("once", own("once"), float32);
      await provider.instantiate("once", own("once"), float64);
      expect(notices).toEqual(["once float32", "once float64"]);
      expect(kernels().filter((file) => !isWhole(join(folder, "kernels", file)))).toEqual([]);
    },
  );

  testNative("a file that was cut short is never loaded, but made again", async () => {
    const before = kernels();
    await nativeProvider().instantiate("cut", own("cut"), float32);
    const [name] = kernels().filter((file) => !before.includes(file));
    const file = join(folder, "kernels", name);
    // another inode: the one that is loaded stays whole
    const bytes = readFileSync(file);
    rmSync(file);
    writeFileSync(file, bytes);
    truncateSync(file, bytes.length >> 1);
    expect(isWhole(file)).toBe(false);
    expect(() => loadAddon(file)).toThrow(CapabilityError);
    const notices: string[] = [];
    const provider = nativeProvider({ onCompile: (notice) => notices.push(notice.name) });
    expect(sizesOf(await provider.instantiate("cut", own("cut"), float32))[0]).toBe(4);
    expect(notices).toEqual(["cut"]);
    expect(isWhole(file)).toBe(true);
  });

  testNative(
    "of wrong C is refused with the compiler's words, at once the second time, and leaves nothing behind",
    async () => {
      const before = kernels();
      const told: CapabilityError[] = [];
      const notices: string[] = [];
      const provider = nativeProvider({
        onCompile: ({ name }) => notices.push(name),
        onRefuse: (error) => told.push(error),
      });
      for (let i = 0; i < 2; i++) {
        await expect(provider.instantiate("wrong", `${text}\nint x = undeclared;`, float32)).rejects.toThrow(
          /^native kernel of wrong: .* refused the emitted C \([\s\S]*undeclared/,
        );
      }
      expect(told.map(({ name }) => name)).toEqual(["CapabilityError", "CapabilityError"]);
      expect(notices).toEqual(["wrong"]);
      expect(kernels()).toEqual(before);
    },
  );

  testNative("a Node that loads no addons says so, and what to do", () => {
    const module = pathToFileURL(join(root, "dist", "platform", "node", "native-provider.js")).href;
    const text = `console.log((await import(${JSON.stringify(module)})).nativeProvider().unavailable())`;
    const options = ["--no-addons", "--input-type=module", "--eval", text];
    const { stdout } = spawnSync(process.execPath, options, { encoding: "utf8" });
    expect(stdout).toMatch(/cannot be loaded \(.*disabled\.\); start Node without --no-addons$/m);
  });

  testNative("works where the cache cannot be written", async () => {
    writeFileSync(join(folder, "file"), "");
    vi.stubEnv("NOISY_RNN_CACHE", join(folder, "file", "cache"));
    expect(sizesOf(await nativeProvider().instantiate("unkept", own("unkept"), float32))[0]).toBe(4);
  });

  testNative("is not possible without a compiler, or with one that fails, and the reason says so", async () => {
    vi.stubEnv("CC", "no-such-compiler");
    expect(nativeProvider().unavailable()).toBe(
      "the C compiler that CC names does not work (no-such-compiler --version fails); mend CC, or unset it to use cc",
    );
    await expect(nativeProvider().instantiate("any", text, float32)).rejects.toThrow(CapabilityError);
    expect(nativeFindings()).toMatchObject({ compiler: { command: "no-such-compiler", version: null } });
    vi.stubEnv("CC", "cc -include no-such-header.h");
    expect(nativeProvider().unavailable()).toMatch(/cannot make a kernel for \w+ \([\s\S]*no-such-header/);
    vi.stubEnv("CC", "cc -O1");
    expect(nativeProvider().unavailable()).toBeUndefined();
  });
});
