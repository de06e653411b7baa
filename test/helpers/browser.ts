/** A page in Chromium, served from this machine. */
import { spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** The first browser in the PATH, or undefined. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** What a path is answered with; undefined: there is nothing. */
export type Answer = { readonly type: string; readonly content: string | Uint8Array } | undefined;

/**
 * Opens the page `/` of a server and waits until the text of its body changes.
 *
 * @param headers sent with every answer
 * @returns that text
 * @throws Error after a minute, with what the browser asked for in vain
 */
export async function textOfPage(
  chromium: string,
  headers: Readonly<Record<string, string>>,
  answer: (path: string) => Answer,
): Promise<string> {
  const profile = mkdtempSync(join(tmpdir(), "noisy-rnn-browser-"));
  const absent: string[] = [];
  let settle: (text: string) => void = () => {};
  const text = new Promise<string>((resolve) => {
    settle = resolve;
  });
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (request.method === "POST") {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        response.writeHead(204).end();
        settle(Buffer.concat(parts).toString("utf8"));
      });
      return;
    }
    const path = request.url ?? "";
    const found = answer(path);
    if (found === undefined) absent.push(path);
    response.writeHead(found === undefined ? 404 : 200, { ...headers, "content-type": found?.type ?? "text/plain" });
    response.end(found?.type === "text/html" ? `${found.content}${watcher}` : found?.content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const browser = spawn(
    chromium,
    [
      "--headless",
      "--disable-gpu",
      "--no-first-run",
      // a sandbox needs a user other than root
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      `--user-data-dir=${profile}`,
      `http://127.0.0.1:${port}/`,
    ],
    { stdio: "ignore", detached: true },
  );
  const ended = new Promise((resolve) => browser.once("exit", resolve));
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await Promise.race([
      text,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer; absent: ${absent.join(", ") || "nothing"}`)), 60_000);
        browser.once("error", reject);
        browser.once("exit", (code) => reject(new Error(`the browser ended with ${code}`)));
      }),
    ]);
  } finally {
    clearTimeout(timer);
    // the launcher and what it started
    if (browser.pid !== undefined && browser.exitCode === null) process.kill(-browser.pid, "SIGKILL");
    await ended;
    server.close();
    server.closeAllConnections();
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** Sends the text of the body here once it changes. */
const watcher = `<script>
  new MutationObserver(() => fetch("/", { method: "POST", body: document.body.textContent }))
    .observe(document.body, { childList: true });
</script>`;
