/** The files on docs/study-file.md come to what the page says. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { root } from "../../scripts/tools/folders.mjs";
import type { SpecError } from "../../src/core/errors.ts";
import { nodeResources } from "../../src/platform/node/datasets.ts";
import { readPlan } from "../../src/platform/node/study-files.ts";
import { taskLoader } from "../../src/study/tasks.ts";
import { breaches } from "../helpers/json-schema.ts";
import { type Content, noResources, studyContent } from "../helpers/study-files.ts";

const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-page-"));
afterAll(() => rmSync(folder, { recursive: true }));

const page = readFileSync(join(root, "docs", "study-file.md"), "utf8");
const schema = JSON.parse(readFileSync(join(root, "schemas", "study.json"), "utf8"));

/** Blocks of the page: a file, and the conditions that the next block shows, if it follows before the next file. */
const files = [...page.matchAll(/^```yaml\n(.*?)^```$(.*?)(?=^```yaml$|^## )/gms)].map(([, text, after], index) => ({
  text,
  line: page.slice(0, page.indexOf(text)).split("\n").length,
  shown: /^```text\n(.*?)^```$/ms.exec(after)?.[1].trim().split("\n"),
  path: join(folder, `study-${index}.json`),
}));

/** A whole file as it stands; one that only shows axes is a part of the smallest study. */
function written({ text, path }: (typeof files)[number]): Content {
  const content = parse(text) as Content;
  const whole = "extends" in content || "question" in content ? content : studyContent(content);
  writeFileSync(path, JSON.stringify(whole));
  return content;
}

const planOf = (path: string, overrides: readonly string[] = []) =>
  readPlan(path, overrides, { loadTask: taskLoader(noResources), backend: "reference" });

describe("docs/study-file.md", () => {
  test("has at least seven files, and one of them is wrong", () => {
    expect(files.length).toBeGreaterThanOrEqual(7);
    expect(files.filter(({ shown }) => shown === undefined).length).toBe(1);
  });

  test.each(files.filter(({ shown }) => shown !== undefined))(
    "line $line: the conditions are as shown",
    async (file) => {
      expect(breaches(schema, written(file))).toEqual([]);
      const { runs } = await planOf(file.path);
      const texts = runs.map(({ condition }) =>
        Object.entries(condition)
          .map(([column, value]) => `${column} ${value}`)
          .join(", "),
      );
      const conditions = [...new Set(texts)];
      const shown = file.shown ?? [];
      const count = /^\.\.\. (\d+) in all$/.exec(shown.at(-1) ?? "")?.[1];
      expect(conditions.length).toBe(count === undefined ? shown.length : Number(count));
      expect(conditions.slice(0, count === undefined ? undefined : shown.length - 1)).toEqual(
        count === undefined ? shown : shown.slice(0, -1),
      );
    },
  );

  test("the wrong file is refused for the reason that the page gives", async () => {
    const [wrong] = files.filter(({ shown }) => shown === undefined);
    written(wrong);
    const error: unknown = await planOf(wrong.path).catch((cause: unknown) => cause);
    expect((error as SpecError).message).toContain("replaces network.noise.0.intensity, which");
  });

  const commands = [...page.matchAll(/^noisy-rnn study explain (\S+)(.*)$/gm)].map(([line, file, rest]) => ({
    line,
    file,
    overrides: [...rest.matchAll(/'([^']+)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain),
  }));

  test("shows three commands with changes", () => {
    expect(commands.length).toBe(3);
  });

  test.each(commands)("$line", async ({ file, overrides }) => {
    const { runs } = await readPlan(file, overrides, {
      loadTask: taskLoader(nodeResources({ download: false })),
      backend: "reference",
    });
    expect(runs.length).toBeGreaterThan(1);
  });
});
