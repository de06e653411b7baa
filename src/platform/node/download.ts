/** Fetching a file over HTTP: mirrors, resumption, and content that is accepted only after a check. */
import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { FormatError } from "../../core/errors.ts";

export interface DownloadProgress {
  readonly address: string;
  /** Bytes so far, what an earlier attempt left included. */
  readonly received: number;
  /** Whole size in bytes, when the server says it. */
  readonly total: number | undefined;
}

export interface DownloadRequest {
  /** Mirrors of the same content, in order of preference. */
  readonly addresses: readonly string[];
  /** Path without ending under which unfinished content is kept; processes may share it. */
  readonly partial: string;
  /** Stores the content. @throws FormatError when it is not what it should be; the next mirror is then tried. */
  accept(bytes: Uint8Array, address: string): Promise<void>;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Milliseconds without a byte after which a connection counts as broken; default 30000. */
  readonly stallTimeout?: number;
}

/** Why a mirror did not serve. */
export interface DownloadFailure {
  readonly address: string;
  readonly reason: string;
}

/** A connection that breaks is taken up again on the same mirror this often, as long as it brings anything. */
const attemptsPerMirror = 5;

/**
 * Fetches the first mirror's content that `accept` takes.
 *
 * What a broken connection leaves stays on disk; the next attempt, mirror or run asks for the rest only. Content that
 * was put together from several connections and then fails the check is fetched once more in one piece.
 *
 * @returns the mirrors that failed when none served, otherwise nothing
 */
export async function download(request: DownloadRequest): Promise<readonly DownloadFailure[]> {
  const { addresses, accept } = request;
  const partial = await claimPartial(request.partial);
  const failures: DownloadFailure[] = [];
  try {
    for (const address of addresses) {
      const reason = await fromMirror(address, partial, request, (bytes) => accept(bytes, address));
      if (reason === undefined) {
        await rm(partial, { force: true });
        return [];
      }
      failures.push({ address, reason });
    }
    return failures;
  } finally {
    await releasePartial(partial, request.partial);
  }
}

/** Undefined when the mirror's content was accepted, otherwise why not. */
async function fromMirror(
  address: string,
  partial: string,
  request: DownloadRequest,
  accept: (bytes: Uint8Array) => Promise<void>,
): Promise<string | undefined> {
  let reason = "";
  for (let attempt = 0; attempt < attemptsPerMirror; attempt++) {
    const before = await sizeOf(partial);
    try {
      await fetchRest(address, partial, before, request);
    } catch (error) {
      reason = reasonOf(error);
      if ((await sizeOf(partial)) === before) return reason;
      continue;
    }
    try {
      await accept(await readFile(partial));
      return undefined;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      reason = error.message;
      await rm(partial, { force: true });
      // In one piece from this mirror and still wrong: it will be wrong again.
      if (before === 0) return reason;
    }
  }
  return `${reason} (${attemptsPerMirror} attempts)`;
}

/** Appends what is missing of the content to the partial file, or starts it anew when the server sends all of it. */
async function fetchRest(
  address: string,
  partial: string,
  before: number,
  { onProgress, stallTimeout = 30_000 }: DownloadRequest,
): Promise<void> {
  const stalled = new AbortController();
  const abort = () => stalled.abort(new Error(`no data for ${stallTimeout} ms`));
  let timer = setTimeout(abort, stallTimeout);
  try {
    const response = await fetch(address, {
      signal: stalled.signal,
      // A transport encoding would make positions in the file meaningless.
      headers: { "accept-encoding": "identity", ...(before > 0 && { range: `bytes=${before}-` }) },
    });
    // "Range not satisfiable": there is nothing behind what is already here; the check decides.
    if (response.status === 416 && before > 0) return;
    if (!response.ok) throw new Error(`HTTP ${response.status} ${response.statusText}`.trimEnd());
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
    if (response.status === 206 && Number(range?.[1]) !== before) {
      throw new Error(`asked for bytes from ${before} on, got range "${response.headers.get("content-range")}"`);
    }
    const start = response.status === 206 ? before : 0;
    const length = response.headers.get("content-length");
    const total = length === null ? undefined : start + Number(length);
    let received = start;
    const file = await open(partial, start > 0 ? "a" : "w");
    try {
      for await (const chunk of response.body ?? []) {
        clearTimeout(timer);
        timer = setTimeout(abort, stallTimeout);
        await file.writeFile(chunk as Uint8Array);
        received += (chunk as Uint8Array).length;
        onProgress?.({ address, received, total });
      }
    } finally {
      await file.close();
    }
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error
    ? `${error.message}: ${cause.message || String((cause as NodeJS.ErrnoException).code)}`
    : error.message;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

/**
 * A partial file that this call alone writes to: `<base>.<host>.<process>.<random>.partial`.
 *
 * The largest one that nobody on this machine writes to any more, given up (process 0) or left by a process that
 * ended, is taken over; taking over is a rename, so only one taker succeeds.
 */
async function claimPartial(base: string): Promise<string> {
  const folder = dirname(base);
  await mkdir(folder, { recursive: true });
  const own = partialName(base, process.pid);
  const prefix = `${basename(base)}.${hostname()}.`;
  const left: { readonly path: string; readonly size: number }[] = [];
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(prefix) || !entry.endsWith(".partial")) continue;
    if (isRunning(Number.parseInt(entry.slice(prefix.length), 10))) continue;
    left.push({ path: join(folder, entry), size: await sizeOf(join(folder, entry)) });
  }
  for (const { path } of left.sort((a, b) => b.size - a.size)) {
    try {
      await rename(path, own);
      break;
    } catch {
      // Another process was faster.
    }
  }
  return own;
}

async function releasePartial(own: string, base: string): Promise<void> {
  if ((await sizeOf(own)) > 0) await rename(own, partialName(base, 0));
  else await rm(own, { force: true });
}

function partialName(base: string, process: number): string {
  return `${base}.${hostname()}.${process}.${randomUUID().slice(0, 8)}.partial`;
}

function isRunning(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
