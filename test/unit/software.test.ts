import { join } from "node:path";
import { expect, test } from "vitest";
import { computingFiles, thisSoftware } from "../../src/platform/node/software.ts";

const files = computingFiles().map(([file]) => file);

test("the identity of the software covers cells, engine, noise, tasks, training and the test sweep", () => {
  const parts = ["cell/differentiate", "engine/c/emit", "noise/laws", "task/trial", "train/update", "study/run"];
  for (const part of [...parts, "analysis/intensity-sweep", "io/parquet"]) {
    expect(files).toContain(join("dist", `${part}.js`));
  }
  expect(files).toContain(join("kernels", "product.h"));
});

test("it does not cover what is done with numbers later: figures, tables, study files, commands", () => {
  const later = ["figure", "cli", join("study", "figures"), join("study", "analyses"), join("study", "study-file")];
  expect(files.filter((file) => later.some((folder) => file.startsWith(join("dist", folder))))).toEqual([]);
});

test("it is 16 hexadecimal digits, and the instruction set stands beside it", () => {
  const software = thisSoftware("avx2");
  expect(software.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  expect(software.variant).toBe("avx2");
});
