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

const nameOf = (example: Example): string => `example-${examples.indexOf(example)}`;

let project: Consumer;
/** What the compiler says about all examples, a line each: one call reads the declarations once. */
let complaints: readonly string[];
beforeAll(() => {
  project = consumer(["typescript", "@types/node"]);
  const files = examples.map((example) => `${nameOf(example)}.mts`);
  for (const [i, file] of files.entries()) writeFileSync(join(project.folder, file), examples[i].code);
  const options = ["--module", "nodenext", "--target", "es2023", "--lib", "es2023,dom", "--types", "node"];
  const compiler = "node_modules/typescript/bin/tsc";
  const checks = ["--strict", "--skipLibCheck", "--pretty", "false", ...options, ...files];
  complaints = run(project.folder, process.execPath, compiler, ...checks).stdout.split("\n");
});
afterAll(() => project.remove());

describe("documentation", () => {
  test("README.md has an example", () => {
    expect(examples.map(({ file }) => file)).toContain("README.md");
  });

  test.each(examples)("$file:$line type-checks and runs", (example) => {
    const name = nameOf(example);
    expect(complaints.filter((line) => !/^example-\d+\.mts/.test(line) || line.startsWith(`${name}.mts`))).toEqual([
      "",
    ]);
    const { code: exitCode, stderr } = run(project.folder, process.execPath, `${name}.mjs`);
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
