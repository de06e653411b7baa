import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/tools/folders.mjs";
import { type Consumer, consumer, run } from "./consumer.ts";

interface Example {
  readonly file: string;
  /** Number of the line that opens the block. */
  readonly line: number;
  readonly code: string;
}

/** The blocks marked `ts` of a page that import the package: they are meant to run as they stand. */
function examplesOf(file: string): Example[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)]
    .map((match) => ({ file, line: text.slice(0, match.index).split("\n").length, code: match[1] }))
    .filter(({ code }) => /from "noisy-rnn[/"]/.test(code));
}

const pages = [
  "README.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => join("docs", file))
    .sort(),
];
const examples = pages.flatMap(examplesOf);

let project: Consumer;
beforeAll(() => {
  project = consumer(["typescript", "@types/node"]);
});
afterAll(() => project.remove());

describe("documentation", () => {
  test("README.md has an example", () => {
    expect(examples.map(({ file }) => file)).toContain("README.md");
  });

  test.each(examples)("$file:$line type-checks and runs", ({ code }) => {
    const options = ["--module", "nodenext", "--target", "es2023", "--lib", "es2023,dom", "--types", "node"];
    writeFileSync(join(project.folder, "example.mts"), code);
    const compiler = "node_modules/typescript/bin/tsc";
    const compiled = run(
      project.folder,
      process.execPath,
      compiler,
      "--strict",
      "--skipLibCheck",
      ...options,
      "example.mts",
    );
    expect(compiled.stdout).toBe("");
    const { code: exitCode, stderr } = run(project.folder, process.execPath, "example.mjs");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });

  test("every link between pages leads to a file", () => {
    const broken = [...pages, "CONTRIBUTING.md", "CHANGELOG.md"].flatMap((page) => {
      const links = readFileSync(join(root, page), "utf8").matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g);
      return [...links]
        .map(([, link]) => link)
        .filter((link) => !existsSync(join(root, dirname(page), link)))
        .map((link) => `${page}: ${link}`);
    });
    expect(broken).toEqual([]);
  });
});
