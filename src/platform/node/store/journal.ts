/**
 * Summaries of complete runs, one line each, in one file per process: a cache, so that nobody opens 100 000 records.
 *
 * A line is `{"crc":"89abcdef","run":{...}}`, with the CRC-32 of the text of the run. A line with `"gone"` instead says
 * which lines of a run hold no more, since it was moved to the quarantine. A line that is cut off or damaged counts for
 * nothing: its run is then read from its record.
 */
import { appendFile, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import type { RunSummary } from "../../../study/outcome.ts";
import { codeOf, namesIn } from "../files.ts";
import { inParallel } from "../in-parallel.ts";

/** A run of which other lines of a journal hold no more. */
interface Gone {
  readonly id: string;
  /** Their CRCs. */
  readonly lines: readonly string[];
}

interface Line {
  readonly crc: string;
  readonly summary: RunSummary;
}

export interface Journals {
  /** Reads what was added since the last time. */
  refresh(): Promise<void>;
  /** What all journals agree on; undefined when they know nothing, or several things. */
  summary(id: string): RunSummary | undefined;
  /** Adds lines to this process's own journal. */
  add(summaries: readonly RunSummary[]): Promise<void>;
  /** Strikes out what is known of a run. @param summary of its record, which a journal may hold later; undefined: unknown */
  strike(id: string, summary: RunSummary | undefined): Promise<void>;
  /** Damaged lines that were met, "FILE, line 3". */
  damagedLines(): readonly string[];
}

const readersAtOnce = 32;

/**
 * The journals of a store.
 *
 * @param own file that this process writes
 */
export function openJournals(folder: string, own: string): Journals {
  const lines = new Map<string, Line[]>();
  const gone = new Map<string, Set<string>>();
  const offsets = new Map<string, { bytes: number; lines: number }>();
  const damaged: string[] = [];

  const take = (text: string, place: string): void => {
    const line = parsedLine(text);
    if (line === undefined) {
      damaged.push(place);
    } else if (line.kind === "gone") {
      const struck = gone.get(line.gone.id) ?? new Set();
      for (const crc of line.gone.lines) struck.add(crc);
      gone.set(line.gone.id, struck);
    } else {
      const known = lines.get(line.summary.id);
      if (known === undefined) lines.set(line.summary.id, [line]);
      else if (!known.some(({ crc }) => crc === line.crc)) known.push(line);
    }
  };
  const holding = (id: string): readonly Line[] => {
    const known = lines.get(id) ?? [];
    const struck = gone.get(id);
    return struck === undefined ? known : known.filter(({ crc }) => !struck.has(crc));
  };
  const readOn = async (): Promise<void> => {
    const names = (await namesIn(folder)).filter((name) => name.endsWith(".jsonl"));
    // A process leaves a file, so there may be thousands, on a server that takes a millisecond for each.
    await inParallel(names, readersAtOnce, async (name) => {
      const file = join(folder, name);
      const from = offsets.get(name) ?? { bytes: 0, lines: 0 };
      const added = await bytesFrom(file, from.bytes);
      // What follows the last end of a line is being written.
      const end = added.lastIndexOf(0x0a) + 1;
      if (end === 0) return;
      const texts = added.toString("utf8", 0, end - 1).split("\n");
      for (const [index, text] of texts.entries()) take(text, `${file}, line ${from.lines + index + 1}`);
      offsets.set(name, { bytes: from.bytes + end, lines: from.lines + texts.length });
    });
  };
  let reading: Promise<void> | undefined;
  const refresh = (): Promise<void> => {
    reading ??= readOn().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  const append = async (texts: readonly string[]): Promise<void> => {
    if (texts.length === 0) return;
    await mkdir(dirname(own), { recursive: true });
    await appendFile(own, texts.join(""));
  };
  return {
    refresh,
    summary: (id) => {
      const held = holding(id);
      return held.length === 1 ? held[0].summary : undefined;
    },
    add: (summaries) => append(summaries.map((summary) => sealedLine("run", summary))),
    strike: async (id, summary) => {
      await refresh();
      const struck = new Set(holding(id).map(({ crc }) => crc));
      if (summary !== undefined) struck.add(checksum(JSON.stringify(summary)));
      if (struck.size > 0) await append([sealedLine("gone", { id, lines: [...struck] })]);
    },
    damagedLines: () => damaged,
  };
}

function sealedLine(key: "run" | "gone", content: RunSummary | Gone): string {
  const text = JSON.stringify(content);
  return `{"crc":"${checksum(text)}","${key}":${text}}\n`;
}

type ParsedLine = ({ readonly kind: "run" } & Line) | { readonly kind: "gone"; readonly gone: Gone };

const shape = /^\{"crc":"([0-9a-f]{8})","(run|gone)":(.*)\}$/;

function parsedLine(text: string): ParsedLine | undefined {
  const [, crc, kind, content] = shape.exec(text) ?? [];
  if (content === undefined || checksum(content) !== crc) return undefined;
  return kind === "gone"
    ? { kind, gone: JSON.parse(content) as Gone }
    : { kind: "run", crc, summary: JSON.parse(content) as RunSummary };
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}

async function bytesFrom(file: string, offset: number): Promise<Buffer> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.max(0, size - offset));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
