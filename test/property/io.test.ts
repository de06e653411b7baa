/** Every decoder answers any bytes with a value or a FormatError, and what is written reads back to the same bits. */
import fc from "fast-check";
import { gzipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/core/errors.ts";
import { type ElementType, elementCount, elementTypes, type Tensor, tensor } from "../../src/core/tensor.ts";
import type { ArrayFile, Format } from "../../src/io/contract.ts";
import { csv, decodeCsv, encodeCsv } from "../../src/io/csv.ts";
import { decodeFile, formats } from "../../src/io/formats.ts";
import { decodeGzip } from "../../src/io/gzip.ts";
import { decodeNpy, encodeNpy } from "../../src/io/npy.ts";
import { decodeNpz, encodeNpz } from "../../src/io/npz.ts";
import { decodeSafeTensors, encodeSafeTensors } from "../../src/io/safetensors.ts";
import { decodeUtf8, encodeUtf8 } from "../../src/io/text.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Arrays of every element type with 0 to 3 axes, any bit pattern (NaN payloads and -0 included). */
const anyTensor: fc.Arbitrary<Tensor> = fc
  .record({
    elementType: fc.constantFrom(...(Object.keys(elementTypes) as ElementType[])),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
  })
  .chain(({ elementType, shape }) => {
    const Elements = elementTypes[elementType];
    const length = elementCount(shape) * Elements.BYTES_PER_ELEMENT;
    const byte = elementType === "bool" ? fc.integer({ min: 0, max: 1 }) : fc.integer({ min: 0, max: 255 });
    return fc
      .array(byte, { minLength: length, maxLength: length })
      .map((bytes) => tensor(shape, new Elements(Uint8Array.from(bytes).buffer), elementType));
  });

const anyName = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }).filter((name) => name !== "__metadata__");
const anyTensors = fc.dictionary(anyName, anyTensor, { maxKeys: 4, noNullPrototype: true });

/** Equal shape, type and bits. */
function expectSame(actual: Tensor, expected: Tensor): void {
  expect([actual.elementType, actual.shape]).toEqual([expected.elementType, expected.shape]);
  expect(bits(actual)).toEqual(bits(expected));
}

function bits({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function expectSameTensors(actual: Readonly<Record<string, Tensor>>, expected: Readonly<Record<string, Tensor>>): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, array] of Object.entries(expected)) expectSame(actual[name], array);
}

describe("what is written reads back to the same bits", () => {
  test("npy", () => {
    fc.assert(fc.property(anyTensor, (array) => expectSame(decodeNpy(encodeNpy(array), "a.npy"), array)));
  });

  test("npz, stored and deflated", () => {
    fc.assert(
      fc.property(anyTensors, fc.constantFrom("store" as const, "deflate" as const), (arrays, compression) =>
        expectSameTensors(decodeNpz(encodeNpz(arrays, compression), "a.npz"), arrays),
      ),
    );
  });

  test("safetensors with metadata, whatever the order of the names", () => {
    const metadata = fc.dictionary(fc.string({ maxLength: 6 }), fc.string({ maxLength: 6 }), {
      maxKeys: 3,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(anyTensors, metadata, (tensors, metadata) => {
        const file = encodeSafeTensors({ tensors, metadata });
        const back = decodeSafeTensors(file, "a.safetensors");
        expectSameTensors(back.tensors, tensors);
        expect(back.metadata).toEqual(metadata);
        const shuffled = Object.fromEntries(Object.entries(tensors).reverse());
        expect(encodeSafeTensors({ tensors: shuffled, metadata })).toEqual(file);
      }),
    );
  });

  test("csv: numbers to the same bits, words to the same text", () => {
    const rows = fc.array(
      fc.record({
        number: fc.double(),
        // A column whose first present cell is a number is a column of numbers: words begin with a letter here.
        word: fc.string({ unit: "grapheme", maxLength: 6 }).map((text) => `w${text}`),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(rows, (rows) => {
        const columns = { number: Float64Array.from(rows, (row) => row.number), word: rows.map((row) => row.word) };
        const back = decodeCsv(encodeCsv(columns), "a.csv");
        expect(back.word).toEqual(columns.word);
        // toEqual tells -0 from 0 and equates NaNs; a column of NaN alone is still one of numbers.
        expect([...(back.number as Float64Array)]).toEqual([...columns.number]);
      }),
    );
  });

  test("UTF-8, every code point but lone surrogates", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 20 }), (text) => {
        expect(encodeUtf8(text)).toEqual(bytesOf(text));
        expect(decodeUtf8(bytesOf(text), "a.txt")).toBe(text);
      }),
    );
  });
});

test("UTF-8 is refused exactly where the platform's strict decoder refuses it", () => {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const nearText = fc.uint8Array({ maxLength: 6 }).map((bytes) => bytes.map((byte) => (byte < 64 ? byte + 192 : byte)));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 8 }), nearText), (bytes) => {
      let expected: string | undefined;
      try {
        expected = strict.decode(bytes);
      } catch {
        expected = undefined;
      }
      if (expected === undefined) expect(() => decodeUtf8(bytes, "a.txt")).toThrow(FormatError);
      else expect(decodeUtf8(bytes, "a.txt")).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});

const arrays = {
  input: tensor(
    [2, 3, 2],
    Float32Array.from({ length: 12 }, (_, i) => i / 7),
  ),
  label: tensor([2], BigInt64Array.of(0n, 1n)),
  keep: tensor([3], Uint8Array.of(1, 0, 1), "bool"),
};

/** A good file of every format, and the same compressed by gzip. */
const samples: Readonly<Record<string, Uint8Array>> = {
  "a.npy": encodeNpy(arrays.input),
  "stored.npz": encodeNpz(arrays, "store"),
  "deflated.npz": encodeNpz(arrays),
  "a.safetensors": encodeSafeTensors({ tensors: arrays, metadata: { unit: "1" } }),
  "a.csv": bytesOf('trial,time,x,word\n0,0,1.5,"a ""b"", c"\r\n0,20,,"d\ne"\n'),
  "a.idx": Uint8Array.of(0, 0, 0x0c, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 5, 255, 255, 255, 254),
  "a.tsv": bytesOf("1\t0.5\t-2e-3\n2\tNaN\t4\n"),
  "a.ts": bytesOf(
    "# note\n@problemName a\n@timeStamps false\n@classLabel true up down\n@data\n1,?:3,4:up\n5,6:7,8:down\n",
  ),
  "a.arff": bytesOf(
    "% note\n@relation a\n@attribute 't 1' numeric\n@attribute c {'up',down}\n@data\n1.5,up\n?,'down'\n",
  ),
  "a.tsv.gz": gzipSync(bytesOf("1\t0.5\t-2e-3\n2\tNaN\t4\n".repeat(4)), { filename: "a.tsv" }),
};

/** Formats in which every proper prefix of a file is incomplete; rows of text may be missing without a trace. */
const selfDelimiting = ["a.npy", "stored.npz", "deflated.npz", "a.safetensors", "a.idx", "a.tsv.gz"];

function outcome(bytes: Uint8Array, file: string): ArrayFile | FormatError {
  try {
    return decodeFile(bytes, file);
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}

test("there is a sample of every registered format", () => {
  const covered = (format: Format) =>
    Object.keys(samples).some((file) => format.extensions.some((extension) => file.endsWith(extension)));
  expect(formats.members.filter((format) => !covered(format))).toEqual([]);
});

describe.each(Object.keys(samples))("%s", (file) => {
  const sample = samples[file];

  test("is read", () => {
    expect(outcome(sample, file)).not.toBeInstanceOf(Error);
  });

  test("is read the same from the middle of a Buffer of Node, whose methods differ from those of Uint8Array", () => {
    const pool = Buffer.alloc(sample.length + 16, 0xaa);
    pool.set(sample, 7);
    expect(outcome(pool.subarray(7, 7 + sample.length), file)).toEqual(outcome(sample, file));
  });

  test("cut at every length is read or refused with an offset inside the file, never another error", () => {
    for (let length = 0; length < sample.length; length++) {
      const result = outcome(sample.subarray(0, length), file);
      if (result instanceof FormatError) {
        expect(result.file).toContain(file);
        expect(result.offset).toBeLessThanOrEqual(length);
      } else expect(selfDelimiting).not.toContain(file);
    }
  });

  test("with up to three random bits flipped is read or refused, never another error (1000 draws)", () => {
    const flip = fc.integer({ min: 0, max: 8 * sample.length - 1 });
    fc.assert(
      fc.property(fc.array(flip, { minLength: 1, maxLength: 3 }), (flips) => {
        const damaged = sample.slice();
        for (const bit of flips) damaged[bit >> 3] ^= 1 << (bit & 7);
        outcome(damaged, file);
      }),
      { numRuns: 1000 },
    );
  });

  test("with a random byte put in or taken out is read or refused, never another error (500 draws)", () => {
    const at = fc.integer({ min: 0, max: sample.length - 1 });
    fc.assert(
      fc.property(at, fc.option(fc.integer({ min: 0, max: 255 })), (at, byte) => {
        const edited =
          byte === null
            ? [...sample.subarray(0, at), ...sample.subarray(at + 1)]
            : [...sample.subarray(0, at), byte, ...sample.subarray(at)];
        outcome(Uint8Array.from(edited), file);
      }),
      { numRuns: 500 },
    );
  });

  test("random bytes are read or refused, never another error (500 draws)", () => {
    const start = fc.integer({ min: 0, max: Math.min(16, sample.length) });
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 64 }), (kept, tail) => {
        outcome(Uint8Array.from([...sample.subarray(0, kept), ...tail]), file);
      }),
      { numRuns: 500 },
    );
  });
});

test("no flipped bit in the data of a gzip file changes a value in silence", () => {
  const gzip = samples["a.tsv.gz"];
  const plain = decodeGzip(gzip, "a.tsv.gz");
  const headerLength = 10 + "a.tsv".length + 1;
  let refused = 0;
  for (let bit = 8 * headerLength; bit < 8 * gzip.length; bit++) {
    const damaged = gzip.slice();
    damaged[bit >> 3] ^= 1 << (bit & 7);
    // Bits that pad the last block are free: the content must then be the same.
    if (outcome(damaged, "a.tsv.gz") instanceof FormatError) refused++;
    else expect(decodeGzip(damaged, "a.tsv.gz")).toEqual(plain);
  }
  expect(refused).toBeGreaterThan(0.9 * 8 * (gzip.length - headerLength));
});

test("csv: the registry's encode and decode are inverse on numeric columns and words", () => {
  const content: ArrayFile = {
    arrays: { x: tensor([2], Float64Array.of(0.1, Number.NaN)) },
    words: { split: ["train", "test"] },
    metadata: {},
  };
  expect(csv.decode(csv.encode!(content), "a.csv")).toEqual({ ...content, lines: [2, 3] });
});
