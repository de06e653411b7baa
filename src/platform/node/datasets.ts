/**
 * Where the bytes of a data set come from in Node, in this order: the folder `NOISY_RNN_DATA`, the cache, an installed
 * package, a download into the cache.
 */
import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { CapabilityError, FormatError, ParameterError } from "../../core/errors.ts";
import type { Registry } from "../../core/registry.ts";
import { unknownName } from "../../core/registry.ts";
import { decodeGzip, isGzip } from "../../io/gzip.ts";
import { zipMembers } from "../../io/zip.ts";
import type { DataFile, TaskResources } from "../../task/contract.ts";
import { type Dataset, type DatasetFile, type DatasetForm, datasets as knownDatasets } from "../../task/datasets.ts";
import { type DownloadProgress, download } from "./download.ts";
import { codeOf, writeFileAtomic } from "./files.ts";
import { cacheFolder } from "./folders.ts";

export interface ResourceOptions {
  /** Folder against which paths of the user's own files are read; default the current one. */
  readonly base?: string;
  /** A folder with data files; default `NOISY_RNN_DATA`. Files lie in it or in a folder named after the data set. */
  readonly folder?: string | undefined;
  /** Where downloads are kept; default `data` in the cache folder. */
  readonly cache?: string;
  /** Whether missing files are fetched; default true. */
  readonly download?: boolean;
  /** Download addresses by data set, instead of the published ones. */
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Milliseconds without a byte after which a connection counts as broken; default 30000. */
  readonly stallTimeout?: number;
  /** The table of data sets; default the built-in one. */
  readonly datasets?: Registry<Dataset>;
}

export type DataSource = "folder" | "cache" | "package" | "download";

/** Where a file of a data set would come from. */
export interface DatasetReport {
  readonly dataset: string;
  readonly file: string;
  readonly source: DataSource;
  /** Path, or the first download address. */
  readonly location: string;
  /** Size on disk in bytes; undefined for a download. */
  readonly bytes: number | undefined;
  /** What is wrong with it as far as its size tells; undefined when nothing is. */
  readonly problem: string | undefined;
}

/** Places on disk that are searched, in this order; packages come after them. */
export interface DatasetPlaces {
  /** `NOISY_RNN_DATA`, or what was given instead. */
  readonly folder: string | undefined;
  /** Why it cannot be searched, which no data set survives; undefined when nothing is wrong with it. */
  readonly folderProblem: string | undefined;
  readonly cache: string;
}

export function datasetPlaces(options: ResourceOptions = {}): DatasetPlaces {
  return { folder: dataFolder(options), folderProblem: folderProblem(options), cache: dataCache(options) };
}

/** A candidate on disk. */
interface Found {
  readonly source: Exclude<DataSource, "download">;
  readonly path: string;
  readonly form: DatasetForm;
}

/** What tasks need from the outside, in Node. */
export function nodeResources(options: ResourceOptions = {}): TaskResources {
  const { datasets = knownDatasets } = options;
  const fetching = new Map<string, Promise<void>>();

  const dataset = async (name: string, file: string): Promise<DataFile> => {
    const set = datasets.get(name);
    const wanted = fileOf(set, file);
    const problem = folderProblem(options);
    if (problem !== undefined) {
      throw new ParameterError({
        place: "NOISY_RNN_DATA",
        rule: problem,
        remedy: "mend the path or unset the variable",
      });
    }
    const found = find(set, wanted, options);
    if (found !== undefined) return readVerified(found);
    // Files of one archive come together, so asking for two of them fetches it once.
    const key = set.download.kind === "zip" ? name : `${name}/${file}`;
    let fetched = fetching.get(key);
    if (fetched === undefined) {
      fetched = fetchFile(set, wanted, options).finally(() => fetching.delete(key));
      fetching.set(key, fetched);
    }
    await fetched;
    const stored = find(set, wanted, options);
    if (stored === undefined) throw missing(set, wanted, options, "it vanished from the cache after the download");
    return readVerified(stored);
  };

  return { dataset, file: (path) => readStored(resolve(options.base ?? ".", path)) };
}

/** Where each file of each data set would come from; reads no content and fetches nothing. */
export async function describeDatasets(options: ResourceOptions = {}): Promise<readonly DatasetReport[]> {
  const { datasets = knownDatasets } = options;
  const wrongFolder = folderProblem(options);
  const misled = wrongFolder === undefined ? undefined : `NOISY_RNN_DATA ${wrongFolder}`;
  const reports: DatasetReport[] = [];
  for (const set of datasets.members) {
    for (const file of set.files) {
      const found = find(set, file, options);
      const common = { dataset: set.name, file: file.name };
      if (found === undefined) {
        const problem =
          misled ?? (options.download === false ? "not found, and downloads are switched off" : undefined);
        const location = addressesOf(set, file, options)[0] ?? "";
        reports.push({ ...common, source: "download", location, bytes: undefined, problem });
        continue;
      }
      const { size } = await stat(found.path);
      const problem = misled ?? (await sizeProblem(found, size));
      reports.push({ ...common, source: found.source, location: found.path, bytes: size, problem });
    }
  }
  return reports;
}

/** What the size of a file tells. Of a compressed one its last four bytes say the size of the content (RFC 1952). */
async function sizeProblem({ path, form }: Found, size: number): Promise<string | undefined> {
  if (!path.endsWith(".gz")) return size === form.bytes ? undefined : `expected ${form.bytes} bytes, found ${size}`;
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return "it cannot be read";
  try {
    const trailer = new Uint8Array(4);
    const { bytesRead } = await file.read(trailer, 0, 4, Math.max(0, size - 4));
    const content = bytesRead === 4 ? new DataView(trailer.buffer).getUint32(0, true) : undefined;
    if (content === form.bytes) return undefined;
    return `the compressed file is damaged or cut short: its end must give ${form.bytes} bytes of content, gives ${content ?? "none"}`;
  } catch (error) {
    return `it cannot be read (${codeOf(error)})`;
  } finally {
    await file.close();
  }
}

function fileOf(set: Dataset, name: string): DatasetFile {
  const file = set.files.find((candidate) => candidate.name === name);
  if (file === undefined)
    throw unknownName(
      `file of data set ${set.name}`,
      name,
      set.files.map((f) => f.name),
    );
  return file;
}

function find(set: Dataset, file: DatasetFile, options: ResourceOptions): Found | undefined {
  const folder = dataFolder(options);
  const cache = dataCache(options);
  const places: [Found["source"], string][] = [];
  if (folder !== undefined) places.push(["folder", join(folder, set.name)], ["folder", folder]);
  places.push(["cache", join(cache, set.name)]);
  for (const entry of set.packages) {
    const root = packageRoot(entry.name);
    if (root !== undefined) places.push(["package", join(root, entry.folder)]);
  }
  for (const [source, place] of places) {
    for (const form of file.forms) {
      for (const ending of ["", ".gz"]) {
        const path = join(place, form.name + ending);
        if (existsSync(path)) return { source, path, form };
      }
    }
  }
  return undefined;
}

function dataFolder(options: ResourceOptions): string | undefined {
  return ("folder" in options ? options.folder : process.env.NOISY_RNN_DATA) || undefined;
}

/** A folder that was asked for but is not there is a mistake to report, not a reason to fetch things. */
function folderProblem(options: ResourceOptions): string | undefined {
  const folder = dataFolder(options);
  if (folder === undefined) return undefined;
  if (!existsSync(folder)) return `must name a folder that exists, got "${folder}"`;
  return statSync(folder).isDirectory() ? undefined : `must name a folder, got the file "${folder}"`;
}

function dataCache(options: ResourceOptions): string {
  return options.cache ?? join(cacheFolder(), "data");
}

function packageRoot(name: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

const remedies: Readonly<Record<Found["source"], string>> = {
  folder: "put the published file there, or unset NOISY_RNN_DATA",
  cache: "delete it; it is then fetched again",
  package: "install the package again",
};

async function readVerified({ source, path, form }: Found): Promise<DataFile> {
  const bytes = verified(await readStored(path), form, path, remedies[source]);
  return { bytes, file: path };
}

/**
 * The uncompressed content of a form.
 *
 * @throws FormatError for a gzip stream that ends early or is damaged, a wrong size, a wrong checksum
 */
function verified(stored: Uint8Array, form: DatasetForm, file: string, remedy: string): Uint8Array {
  const content = isGzip(stored) ? uncompressed(stored, form, file, remedy) : stored;
  if (content.length !== form.bytes) {
    throw new FormatError({
      file,
      offset: Math.min(content.length, form.bytes),
      rule: `${content.length < form.bytes ? "the content ends early" : "the content goes on too long"}: expected ${form.bytes} bytes of ${form.name}, found ${content.length}`,
      remedy,
    });
  }
  const sum = createHash("sha256").update(content).digest("hex");
  if (sum !== form.sha256) {
    throw new FormatError({
      file,
      offset: -1,
      rule: `the SHA-256 of ${form.name} must be ${form.sha256}, got ${sum}`,
      remedy,
    });
  }
  return content;
}

function uncompressed(stored: Uint8Array, form: DatasetForm, file: string, remedy: string): Uint8Array {
  try {
    return decodeGzip(stored, file);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const size =
      form.gzipBytes === undefined
        ? `expected ${form.bytes} bytes of content`
        : `expected ${form.gzipBytes} bytes, found ${stored.length}`;
    throw new FormatError({ file, offset: error.offset, rule: `${error.rule}; ${size}`, remedy });
  }
}

/** Addresses of what has to be fetched to get a file. */
function addressesOf(set: Dataset, file: DatasetFile, { addresses }: ResourceOptions): readonly string[] {
  const mirrors = addresses?.[set.name] ?? set.download.addresses;
  if (set.download.kind === "zip") return mirrors;
  return mirrors.map((mirror) => `${mirror.replace(/\/?$/, "/")}${file.forms[0].name}.gz`);
}

async function fetchFile(set: Dataset, file: DatasetFile, options: ResourceOptions): Promise<void> {
  const addresses = addressesOf(set, file, options);
  if (options.download === false) throw missing(set, file, options, "downloads are switched off");
  const folder = join(dataCache(options), set.name);
  const accept = set.download.kind === "zip" ? storeMembers : storeForm;
  const failures = await download({
    addresses,
    partial: join(folder, set.download.kind === "zip" ? `${set.name}.zip` : `${file.name}.gz`),
    accept,
    ...(options.onProgress && { onProgress: options.onProgress }),
    ...(options.stallTimeout !== undefined && { stallTimeout: options.stallTimeout }),
  }).catch((error: unknown) => {
    if (!(error instanceof ParameterError || (error instanceof Error && "syscall" in error))) throw error;
    throw missing(set, file, options, `the cache cannot be written: ${error.message}`);
  });
  if (failures.length > 0) {
    throw missing(set, file, options, failures.map(({ address, reason }) => `${address}: ${reason}`).join("; "));
  }

  async function storeForm(bytes: Uint8Array, address: string): Promise<void> {
    const [form] = file.forms;
    verified(bytes, form, address, "try another mirror");
    await writeFileAtomic(join(folder, isGzip(bytes) ? `${form.name}.gz` : form.name), bytes);
  }

  async function storeMembers(bytes: Uint8Array, address: string): Promise<void> {
    const members = zipMembers(bytes, address);
    for (const { name, forms } of set.files) {
      const [match] = forms.flatMap((form) =>
        members.filter((member) => basename(member.name) === form.name).map((member) => ({ form, member })),
      );
      if (match === undefined) {
        throw new FormatError({
          file: address,
          offset: -1,
          rule: `the archive must hold ${name} in one of the forms ${forms.map((form) => form.name).join(", ")}`,
          remedy: "try another mirror",
        });
      }
      const { form, member } = match;
      const content = verified(member.read(), form, `${address}:${member.name}`, "try another mirror");
      await writeFileAtomic(join(folder, form.name), content);
    }
  }
}

function missing(set: Dataset, file: DatasetFile, options: ResourceOptions, reason: string): CapabilityError {
  const names = file.forms.map(({ name }) => name);
  const folder = dataFolder(options);
  const searched = [...(folder === undefined ? [] : [folder]), dataCache(options), ...set.packages.map((p) => p.name)];
  return new CapabilityError({
    place: `data set ${set.name}`,
    rule: `${file.name} is not in ${searched.join(", ")}, and could not be fetched (${reason})`,
    remedy: `set NOISY_RNN_DATA to a folder that holds ${set.name}/${names.join(" or ")} (also with .gz); it can be had from ${addressesOf(set, file, options).join(" or ")}`,
  });
}

async function readStored(path: string): Promise<Uint8Array> {
  try {
    // As a plain Uint8Array: methods of Node's Buffer differ from those that pure rooms rely on.
    const { buffer, byteOffset, byteLength } = await readFile(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const [Kind, rule, remedy] =
      code === "ENOENT" || code === "ENOTDIR"
        ? [ParameterError, "must be a file that exists, found none", "mend the path"]
        : code === "EISDIR"
          ? [ParameterError, "must be a file, found a folder", "name a file in it"]
          : [CapabilityError, `must be readable, got ${code ?? String(error)}`, "change its permissions or copy it"];
    throw new Kind({ place: path, rule: rule as string, remedy: remedy as string });
  }
}
