import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect } from "vitest";
import { root } from "../../scripts/tools/folders.mjs";
import { bestVariant, shippedFolder } from "../../src/platform/node/wasm-provider.ts";
import { manifestFile } from "../../src/platform/wasm/kernel-file.ts";
import { type Answer, findChromium, textOfPage } from "../helpers/browser.ts";
import { testUnless } from "../helpers/skip.ts";

/** What the worker of docs/browser.md finds. */
interface Findings {
  readonly backend: string;
  readonly threads: number;
  readonly output: readonly number[];
  readonly wRec: readonly number[];
}

const page = readFileSync(join(root, "docs", "browser.md"), "utf8");
/** The one block of a language in docs/browser.md. */
const block = (language: string): string => {
  const [found] = [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))];
  return found[1];
};
const example = { page: block("html"), worker: block("js") };

const manifest = JSON.parse(readFileSync(join(shippedFolder, manifestFile), "utf8"));
const types: Readonly<Record<string, string>> = {
  js: "text/javascript",
  json: "application/json",
  wasm: "application/wasm",
};

/** The files of a page; addresses of packages become addresses of files, as a bundler would see to. */
const serving =
  (html: string, worker: string) =>
  (path: string): Answer => {
    if (path === "/") return { type: "text/html", content: withAddresses(html) };
    if (path === "/worker.js") return { type: "text/javascript", content: withAddresses(worker) };
    return servedFile(path);
  };

const withAddresses = (text: string): string =>
  text.replace(/"noisy-rnn\/(\w+)"/g, (_, name) =>
    name === "browser" ? '"/dist/platform/browser/index.js"' : `"/dist/${name}/index.js"`,
  );

function servedFile(path: string): Answer {
  // the instruction set of this Node, so that the bits can be compared
  if (path === `/kernels/${manifestFile}`)
    return { type: types.json, content: JSON.stringify({ ...manifest, variants: [bestVariant()] }) };
  const file = path.startsWith("/kernels/") ? join(root, "dist", path) : join(root, path);
  if (!/^\/(dist|kernels)\/[\w./-]+\.(js|wasm)$/.test(path) || !existsSync(file)) return undefined;
  return { type: types[path.slice(path.lastIndexOf(".") + 1)], content: readFileSync(file) };
}

/** The worker's text in Node: its back ends instead of the browser's, and standard output instead of a message. */
function inNode(worker: string, backend: string): Findings {
  const text = worker
    .replace(/"noisy-rnn\/(\w+)"/g, (_, name) =>
      JSON.stringify(join(root, "dist", name === "browser" ? "platform/node" : name, "index.js")),
    )
    .replace('installBackends({ kernels: "/kernels/" })', "installBackends()")
    .replace("threads: 2", "threads: 1")
    .replace("postMessage(", "console.log(JSON.stringify(")
    .replace("[...wRec] });", "[...wRec] }));");
  const env = { ...process.env, NOISY_RNN_BACKEND: backend };
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", text], { encoding: "utf8", env }));
}

const chromium = findChromium();
const isolated = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
const pageText = (headers: Readonly<Record<string, string>>, html = example.page, worker = example.worker) =>
  textOfPage(chromium as string, headers, serving(html, worker));

let node: Findings;
beforeAll(() => {
  node = inNode(example.worker, "wasm");
});

describe("in Chromium, the example of docs/browser.md", () => {
  const testInBrowser = testUnless(chromium === undefined ? "no Chromium in the PATH" : undefined);

  testInBrowser(
    "on an isolated page has two threads, and output and gradient have the bits of Node's one",
    async () => {
      expect(node).toMatchObject({ backend: "wasm", threads: 1 });
      expect(node.output.some((value) => value !== 0) && node.wRec.some((value) => value !== 0)).toBe(true);
      expect(JSON.parse(await pageText(isolated))).toEqual({ ...node, threads: 2 });
    },
  );

  testInBrowser("on any other page has one thread and the same bits", async () => {
    expect(JSON.parse(await pageText({}))).toEqual(node);
  });

  testInBrowser("on the main thread of an isolated page has one thread and the same bits", async () => {
    const main = example.worker
      .replace("postMessage(", "document.body.textContent = JSON.stringify(")
      .replace("kernel.close();", "");
    const html = `<!doctype html><body></body><script type="module">${main}</script>`;
    expect(JSON.parse(await pageText(isolated, html))).toEqual(node);
  });

  testInBrowser("with a cell that the package has no kernel for is interpreted, with the bits of Node", async () => {
    const own = example.worker.replace('cell: "ctrnn"', 'cell: "ctrnn", settings: { activation: "gelu" }');
    const found = JSON.parse(await pageText(isolated, example.page, own));
    expect(found).toMatchObject({ backend: "vector", threads: 1 });
    expect(found).toEqual(inNode(own, "vector"));
  });

  testInBrowser("with a wrong address of the kernels says which file it missed", async () => {
    const wrong = example.worker.replace('"/kernels/"', '"/elsewhere"');
    expect(await pageText(isolated, example.page, wrong)).toMatch(
      /kernels must name where the kernels are served, and http:\/\/127.*\/elsewhere\/kernels\.json cannot be read \(status 404\)/,
    );
  });
});
