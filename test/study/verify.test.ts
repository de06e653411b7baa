/** `study verify`, end to end. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { contentBelow, inSession, temporaryFolder } from "../helpers/command-line.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);

const noisy = (...parameters: readonly string[]) =>
  inSession(folder, ["study", ...parameters, "--quiet"], { NOISY_RNN_BACKEND: "wasm" });

test("one flipped bit among 3 runs is found, named with both checksums, moved away and made again", async () => {
  writeFileSync(
    join(folder, "study.yaml"),
    "{ task: { name: function-approximation, stepCount: 4 }, network: { hiddenSize: 2 }, training: { updates: 3 }, seeds: 3 }",
  );
  expect((await noisy("run", "study.yaml")).code).toBe(0);
  const whole = contentBelow(join(folder, "runs", "complete"));
  expect(await noisy("verify", "runs")).toMatchObject({
    code: 0,
    stdout: "3 complete runs: every file is as it was published.\n",
    stderr: "",
  });
  const name = Object.keys(whole).find((path) => path.endsWith("weights.safetensors")) ?? "";
  const file = join(folder, "runs", "complete", name);
  const bytes = readFileSync(file);
  bytes[bytes.length - 5] ^= 4;
  writeFileSync(file, bytes);

  const found = await noisy("verify", "study.yaml", "--json");
  expect(found.code).toBe(1);
  expect(found.stderr).toContain("1 of 3 complete runs damaged. Move them away");
  expect(JSON.parse(found.stdout)).toMatchObject({
    complete: 3,
    damage: [{ id: name.slice(3, 67), file, rule: expect.stringMatching(/SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}$/) }],
    damagedLines: [],
  });
  const moved = await noisy("verify", "runs", "--quarantine");
  expect(moved.code).toBe(1);
  expect(moved.stderr).toMatch(/^damaged: .*weights\.safetensors: must have the SHA-256 .*; moved to .*quarantine/);
  const [place] = readdirSync(join(folder, "runs", "quarantine"));
  expect(place).toContain(name.slice(3, 67));
  expect((await noisy("verify", "runs")).stdout).toBe("2 complete runs: every file is as it was published.\n");

  expect((await noisy("run", "study.yaml")).code).toBe(0);
  const again = contentBelow(join(folder, "runs", "complete"));
  const numbers = (content: Record<string, string>) =>
    Object.fromEntries(Object.entries(content).filter(([path]) => !path.endsWith("record.json")));
  expect(numbers(again)).toEqual(numbers(whole));
  rmSync(join(folder, "runs", "store.json"));
  const refused = await noisy("verify", "runs");
  expect(refused.code).not.toBe(0);
});
