/** An event file made by TensorBoard; event-files.py says how. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { crc32, crc32c } from "../../src/io/crc32.ts";
import { encodeTensorboard, type TensorboardEvent } from "../../src/io/tensorboard.ts";
import { tensorboard } from "../../src/platform/node/exporters/tensorboard.ts";
import { completeRun } from "../helpers/complete-run.ts";
import { testUnless } from "../helpers/skip.ts";

const { wallTime, events, file } = JSON.parse(readFileSync(new URL("event-files.json", import.meta.url), "utf8")) as {
  readonly wallTime: number;
  readonly events: readonly TensorboardEvent[];
  readonly file: string;
};

describe("event files against tensorboard 2.21.0", () => {
  test("the same 6 scalars and 2 texts are the same bytes", () => {
    expect(Buffer.from(encodeTensorboard(events, wallTime)).equals(Buffer.from(file, "base64"))).toBe(true);
  });

  test("tag, step, value and time each change the bytes", () => {
    const known = Buffer.from(file, "base64");
    for (const change of [{ tag: "other" }, { step: 2 }, { value: 0.25 }, { value: "0.5" }]) {
      const changed = events.map((event, i) => (i === 0 ? { ...event, ...change } : event));
      expect(known.equals(encodeTensorboard(changed, wallTime))).toBe(false);
    }
    expect(known.equals(encodeTensorboard(events, wallTime + 1))).toBe(false);
  });

  test("a run without events is a file with its version: 40 bytes, as one record of 24", () => {
    const bytes = encodeTensorboard([], wallTime);
    expect(Buffer.from(file, "base64").subarray(0, 40).equals(bytes)).toBe(true);
  });
});

describe("checksums against the vectors of their standards", () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
  test.each([
    ["32 zeros", new Uint8Array(32), 0x8a9136aa],
    ["32 bytes of ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ["0, 1, ..., 31", ascending, 0x46dd794e],
    ["31, 30, ..., 0", ascending.toReversed(), 0x113fdb5c],
    ["123456789", new TextEncoder().encode("123456789"), 0xe3069283],
    ["nothing", new Uint8Array(0), 0],
  ])("CRC-32C of %s, RFC 3720 section B.4", (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  test("CRC-32 of 123456789 is another number: cbf43926", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  });
});

const lacksReader = spawnSync("python3", ["-c", "import tensorboard"]).status !== 0;

describe("a run as TensorBoard reads it", () => {
  testUnless(lacksReader ? "python3 has no tensorboard here" : undefined)(
    "every number in float32, at its update or intensity, with the time of its end, and its texts",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-events-"));
      const run = await completeRun(40);
      try {
        const target = await tensorboard.open({ out: folder }, new AbortController().signal);
        expect(await target.write(run)).toBe("written");
        const reader = fileURLToPath(new URL("read-events.py", import.meta.url));
        const output = execFileSync("python3", [reader, folder], {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "ignore"],
        });
        // Python writes what JSON lacks.
        const [{ scalars, texts }] = Object.values(JSON.parse(output.replace(/\b(?:NaN|Infinity)\b/g, "null"))) as {
          readonly scalars: Record<string, readonly [number, number | null, number][]>;
          readonly texts: Record<string, string>;
        }[];
        const time = Date.parse(run.record.finishedAt) / 1000;
        const { training } = run.metrics.history;
        expect(scalars["training-loss"]).toEqual(training.map(({ update, loss }) => [update, Math.fround(loss), time]));
        expect(scalars["test-loss/intensity-in-millionths"]).toEqual([
          [0, 1, time],
          [0, Math.fround(1 + 1e-9), time],
          [210_000, Math.fround(1 + 0.3 * 0.7), time],
          [1_500_000, 2.5, time],
        ]);
        expect(Object.keys(scalars)).toHaveLength(7);
        expect(JSON.parse(texts.specification.replace(/^```json\n|\n```$/g, ""))).toEqual(run.spec);
        expect(JSON.parse(texts.record.replace(/^```json\n|\n```$/g, ""))).toEqual(run.record);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});
