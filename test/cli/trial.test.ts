import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { inSession, temporaryFolder } from "../helpers/command-line.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);

const draw = async (name: string, ...parameters: string[]): Promise<string> => {
  const options = ["--out", name, "--formats", "svg", "--json", ...parameters];
  const { code, stdout, stderr } = await inSession(folder, ["trial", "function-approximation", ...options]);
  expect(code, stderr).toBe(0);
  const { files, data } = JSON.parse(stdout);
  expect(files).toEqual(readdirSync(join(folder, name)).sort((a, b) => files.indexOf(a) - files.indexOf(b)));
  const table = readFileSync(join(folder, name, "trial-function-approximation.csv"), "utf8");
  expect(table.trim().split("\n")).toHaveLength(1 + data);
  return table;
};

test("trial: split, index, seed and options of the task each change what is drawn; the same command does not", async () => {
  const tables = await Promise.all([
    draw("default"),
    draw("index", "--index", "1"),
    draw("seed", "--seed", "1"),
    draw("split", "--split", "validation"),
    draw("option", "--task-option", "target=cos-pi"),
    draw("again", "--index", "0", "--seed", "0", "--split", "train"),
  ]);
  expect(new Set(tables).size).toBe(5);
  expect(tables[5]).toBe(tables[0]);
});

test("trial: a number beyond the trials of the split is refused with their count", async () => {
  const parameters = ["trial", "function-approximation", "--split", "test", "--index", "41", "--out", "none"];
  const { code, stderr } = await inSession(folder, parameters);
  expect(code).toBe(2);
  expect(stderr).toBe("error: --index: must be below 41, the trials of the test split, got 41; count from 0\n");
});
