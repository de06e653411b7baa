import { gzipSync, strToU8, zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { FormatError, ParameterError, ShapeError } from "../../src/core/errors.ts";
import { elementTypeOf, shapeText, type Tensor, tensor, toFloat64 } from "../../src/core/tensor.ts";
import { decodeArff } from "../../src/io/arff.ts";
import { crc32 } from "../../src/io/crc32.ts";
import { decodeCsv, encodeCsv } from "../../src/io/csv.ts";
import { decodeFile, formatOf, formats } from "../../src/io/formats.ts";
import { decodeGzip } from "../../src/io/gzip.ts";
import { decodeIdx } from "../../src/io/idx.ts";
import { decodeNpy, encodeNpy, npy } from "../../src/io/npy.ts";
import { decodeNpz, encodeNpz } from "../../src/io/npz.ts";
import { decodeSafeTensors, encodeSafeTensors } from "../../src/io/safetensors.ts";
import { decodeTs } from "../../src/io/ts.ts";
import { decodeUcrTsv } from "../../src/io/ucr-tsv.ts";
import { encodeZip, zipMembers } from "../../src/io/zip.ts";

const text = (content: string) => new TextEncoder().encode(content);

/** The FormatError that a decoder answers with. */
function refusal(decode: () => unknown): FormatError {
  try {
    decode();
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error("expected a FormatError, got none");
}

describe("tensor", () => {
  test("a shape [] holds one number, a shape with a 0 none", () => {
    expect(tensor([], Float64Array.of(3)).data).toHaveLength(1);
    expect(tensor([2, 0, 3], new Int8Array(0)).shape).toEqual([2, 0, 3]);
  });

  test("shape [2, 3] over 5 numbers is a ShapeError that says 6 and 5", () => {
    expect(() => tensor([2, 3], new Float32Array(5))).toThrow(ShapeError);
    expect(() => tensor([2, 3], new Float32Array(5))).toThrow("shape [2, 3] holds 6 numbers, got 5");
  });

  test.each([[[-1]], [[1.5]], [[Number.NaN]]])("sizes %j are a ShapeError", (shape) => {
    expect(() => tensor(shape, new Float32Array(1))).toThrow("axis sizes are integers >= 0");
  });

  test("bool is held by bytes and by nothing else", () => {
    expect(tensor([1], Uint8Array.of(1), "bool").elementType).toBe("bool");
    expect(elementTypeOf(Uint8Array.of(1))).toBe("uint8");
    expect(() => tensor([1], Float32Array.of(1), "bool")).toThrow("element type bool is held by a Uint8Array");
  });

  test("axis names are printed", () => {
    expect(shapeText([3, 10], ["trial", "time"])).toBe("[trial 3, time 10]");
    expect(shapeText([3, 10])).toBe("[3, 10]");
  });

  test("64-bit integers become float64 up to 2^53 - 1 and are refused beyond", () => {
    expect([...toFloat64(tensor([1], BigInt64Array.of(-(2n ** 53n) + 1n)))]).toEqual([-(2 ** 53) + 1]);
    expect(() => toFloat64(tensor([1], BigInt64Array.of(2n ** 53n)))).toThrow(ParameterError);
  });
});

describe("the registry", () => {
  test("every format is found by each of its extensions, in either case and under .gz", () => {
    for (const format of formats.members) {
      for (const extension of format.extensions) {
        expect(formatOf(`data/x${extension}`)).toBe(format);
        expect(formatOf(`data/X${extension.toUpperCase()}.gz`)).toBe(format);
      }
    }
  });

  test("the names of the MNIST files lead to idx", () => {
    expect(formatOf("train-images-idx3-ubyte.gz").name).toBe("idx");
  });

  test("an unknown extension is a ParameterError that lists the known ones", () => {
    expect(() => formatOf("weights.pt")).toThrow(ParameterError);
    expect(() => formatOf("weights.pt")).toThrow(".npz");
  });

  test("a gzip-compressed csv is read by its inner extension", () => {
    const { arrays } = decodeFile(gzipSync(text("x\n1\n2\n")), "t.csv.gz");
    expect([...(arrays.x.data as Float64Array)]).toEqual([1, 2]);
  });

  test("a plain file named .gz says that bytes 1f 8b 08 were expected", () => {
    expect(refusal(() => decodeFile(text("x\n1\n2\n3456"), "t.csv.gz")).message).toContain("bytes 1f 8b 08");
  });
});

test("crc32 of 123456789 is the published check value cbf43926", () => {
  expect(crc32(text("123456789"))).toBe(0xcbf43926);
});

describe("gzip", () => {
  const plain = text("noise ".repeat(100));

  test("extra field, file name, comment and header checksum are passed over", () => {
    const bare = gzipSync(plain);
    const optional = [...[3, 0, 1, 2, 3], ...text("name\0"), ...text("comment\0"), 0xab, 0xcd];
    const file = Uint8Array.from([...bare.subarray(0, 10), ...optional, ...bare.subarray(10)]);
    file[3] = 4 | 8 | 16 | 2;
    expect(decodeGzip(file, "a.gz")).toEqual(plain);
  });

  test("a cut stream names the byte where the file stops", () => {
    const file = gzipSync(Uint8Array.from({ length: 5000 }, (_, i) => Math.imul(i * i, 0x9e3779b1) >>> 24));
    const error = refusal(() => decodeGzip(file.subarray(0, 2000), "a.gz"));
    expect(error.offset).toBe(2000);
    expect(error.message).toContain("a.gz, byte 2000: the compressed stream ends early");
  });

  test("a missing trailer is a stream that ends early", () => {
    const file = gzipSync(plain);
    for (let missing = 1; missing <= 8; missing++) {
      const error = refusal(() => decodeGzip(file.subarray(0, file.length - missing), "a.gz"));
      expect(error.message).toMatch(/ends early|expected/);
    }
  });

  test("a wrong checksum names both", () => {
    const file = gzipSync(plain);
    file[file.length - 8] ^= 1;
    expect(refusal(() => decodeGzip(file, "a.gz")).message).toMatch(/CRC-32 0x[0-9a-f]{8}, expected 0x[0-9a-f]{8}/);
  });
});

describe("zip", () => {
  test("members are found by the directory behind a long comment, folders are left out", () => {
    const file = zipSync({ "a/b.txt": strToU8("x"), "c.txt": strToU8("yy") }, {
      comment: "noise".repeat(100),
    } as never);
    expect(zipMembers(file, "a.zip").map(({ name, size }) => [name, size])).toEqual([
      ["a/b.txt", 1],
      ["c.txt", 2],
    ]);
  });

  test("equal members give equal bytes, and no clock is read", () => {
    const once = encodeZip({ a: text("1") });
    // Bytes 10..13 of a local header are the time: the oldest one there is, 1 January 1980.
    expect([...once.subarray(10, 14)]).toEqual([0, 0, 0x21, 0]);
    expect(encodeZip({ a: text("1") })).toEqual(once);
  });

  test("an encrypted member is refused by name", () => {
    const file = encodeZip({ "secret.txt": text("1") }, "store");
    const entry = file.length - 22 - 46 - "secret.txt".length;
    file[entry + 8] |= 1;
    expect(refusal(() => zipMembers(file, "a.zip")).message).toContain('member "secret.txt" must not be encrypted');
  });

  test("a member that promises 4 GB from 10 bytes is refused before memory is taken", () => {
    const file = encodeZip({ "big.bin": new Uint8Array(100) });
    const entry = file.length - 22 - 46 - "big.bin".length;
    new DataView(file.buffer).setUint32(entry + 24, 0xfffffff0, true);
    const [member] = zipMembers(file, "a.zip");
    expect(refusal(() => member.read()).message).toContain("promises 4294967280 bytes");
  });

  test("a file cut before its directory says so", () => {
    const file = encodeZip({ a: text("1") });
    expect(refusal(() => zipMembers(file.subarray(0, 30), "a.zip")).message).toContain("no directory at the end");
  });
});

describe("idx", () => {
  test.each([
    ["uint8", 0x08, [200], 200],
    ["int8", 0x09, [200], -56],
    ["int16", 0x0b, [0xff, 0xfe], -2],
    ["int32", 0x0c, [0xff, 0xff, 0xff, 0xfd], -3],
    ["float32", 0x0d, [0x3f, 0xc0, 0, 0], 1.5],
    ["float64", 0x0e, [0xc0, 0x04, 0, 0, 0, 0, 0, 0], -2.5],
  ] as const)("%s is type %i, big-endian", (elementType, code, bytes, value) => {
    const array = decodeIdx(Uint8Array.of(0, 0, code, 1, 0, 0, 0, 1, ...bytes), "a.idx");
    expect(array.elementType).toBe(elementType);
    expect([...(array.data as Uint8Array)]).toEqual([value]);
  });

  test("a file that ends early names size, place and what was found", () => {
    const error = refusal(() => decodeIdx(Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2), "t-ubyte"));
    expect(error.offset).toBe(14);
    expect(error.message).toContain(
      "t-ubyte, byte 14: the file ends early: uint8 [2, 3] takes 6 bytes from byte 12, found 2",
    );
  });

  test("bytes left over are refused at their first byte", () => {
    expect(refusal(() => decodeIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7, 9), "a")).offset).toBe(9);
  });

  test("a gzip file read as IDX hints at .gz", () => {
    expect(refusal(() => decodeIdx(Uint8Array.of(0x1f, 0x8b, 8, 0), "a")).message).toContain("extension .gz");
  });
});

describe("npy", () => {
  /** A .npy file of version 1 with a header of one's own. */
  const withHeader = (header: string, body: readonly number[] = []) =>
    Uint8Array.from([0x93, ...text("NUMPY"), 1, 0, header.length & 255, header.length >> 8, ...text(header), ...body]);

  test("elements begin at a multiple of 64 bytes for any shape", () => {
    for (const shape of [[], [1], [1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]]) {
      expect((encodeNpy(tensor(shape, Uint8Array.of(1))).length - 1) % 64).toBe(0);
    }
  });

  test("keys in any order, double quotes, Python 2 long sizes", () => {
    const file = withHeader('{"shape": (2L, 1), "fortran_order": False, "descr": "|u1"}\n', [4, 5]);
    expect(decodeNpy(file, "a.npy")).toEqual(tensor([2, 1], Uint8Array.of(4, 5)));
  });

  test.each([
    ["{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", 'element type must be one of f4 f8 .* got "\\|O"'],
    ["{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "expected a plain element type"],
    ["{'descr': '<f4', 'shape': (1,)}", "must have descr, fortran_order and shape"],
    ["{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", "expected True or False"],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "expected a tuple of axis sizes"],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", "axis sizes must be below 2\\^53"],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (9,)} import os", "nothing after the closing brace"],
  ])("header %s is refused: %s", (header, message) => {
    expect(refusal(() => decodeNpy(withHeader(header), "a.npy")).message).toMatch(new RegExp(message));
  });

  test("an unknown key is refused at its own byte", () => {
    expect(refusal(() => decodeNpy(withHeader("{'size': 3}"), "a.npy")).offset).toBe(10 + 1);
  });

  test("a boolean of 2 is refused at its own byte", () => {
    const file = encodeNpy(tensor([3], Uint8Array.of(1, 0, 1), "bool"));
    file[file.length - 1] = 2;
    expect(refusal(() => decodeNpy(file, "a.npy")).offset).toBe(file.length - 1);
  });

  test("the registry's encode takes exactly one array", () => {
    const array = tensor([1], Float32Array.of(1));
    expect(() => npy.encode!({ arrays: { a: array, b: array }, words: {}, metadata: {} })).toThrow(
      "exactly one array, got 2",
    );
  });
});

describe("npz", () => {
  test("a damaged member is named with the offset inside it", () => {
    const file = zipSync({ "input.npy": encodeNpy(tensor([2], Float64Array.of(1, 2))).subarray(0, 130) });
    const error = refusal(() => decodeNpz(file, "t.npz"));
    expect(error.message).toContain("t.npz:input.npy, byte 130: the file ends early: float64 [2] takes 16 bytes");
  });

  test("a member that is no array is refused by name", () => {
    expect(refusal(() => decodeNpz(zipSync({ "readme.txt": text("hi") }), "t.npz")).message).toContain(
      'got "readme.txt"',
    );
  });

  test("no arrays are an empty archive", () => {
    expect(decodeNpz(encodeNpz({}), "t.npz")).toEqual({});
  });

  test("words or metadata, which .npz cannot hold, are refused rather than lost", () => {
    expect(() => formats.get("npz").encode!({ arrays: {}, words: { a: ["x"] }, metadata: {} })).toThrow(
      'got words "a"',
    );
    expect(() => formats.get("npy").encode!({ arrays: {}, words: {}, metadata: { k: "v" } })).toThrow(
      'got metadata "k"',
    );
    expect(() => formats.get("csv").encode!({ arrays: {}, words: {}, metadata: { k: "v" } })).toThrow(
      'got metadata "k"',
    );
    expect(() => formats.get("safetensors").encode!({ arrays: {}, words: { a: ["x"] }, metadata: {} })).toThrow(
      'got words "a"',
    );
  });
});

describe("safetensors", () => {
  /** A file with a header of one's own. */
  const withHeader = (header: unknown, bodyLength: number) => {
    const json = text(typeof header === "string" ? header : JSON.stringify(header));
    const length = new Uint8Array(new BigUint64Array([BigInt(json.length)]).buffer);
    return Uint8Array.from([...length, ...json, ...new Uint8Array(bodyLength)]);
  };
  const f32 = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
    dtype: "F32",
    shape,
    data_offsets: [begin, end],
  });

  test("every array begins at a multiple of its element size, and the header ends at a multiple of 8", () => {
    const tensors = {
      a: tensor([3], Uint8Array.of(1, 2, 3)),
      b: tensor([1], Float64Array.of(1)),
      c: tensor([1], Float32Array.of(2)),
    };
    const file = encodeSafeTensors({ tensors, metadata: { k: "v" } });
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
    expect(header.b.data_offsets).toEqual([0, 8]);
    expect(header.c.data_offsets).toEqual([8, 12]);
    expect(header.a.data_offsets).toEqual([12, 15]);
  });

  test.each([
    ["an overlap", withHeader({ a: f32(0, 8), b: f32(4, 12) }, 12), 'array "b" overlaps the array before it'],
    ["a gap", withHeader({ a: f32(0, 4), b: f32(8, 12) }, 12), 'array "b" leaves a gap before it'],
    ["a reach past the end", withHeader({ a: f32(0, 16) }, 12), "the arrays take 16 bytes, found 12"],
    ["bytes left over", withHeader({ a: f32(0, 8) }, 12), "must end with its last array"],
    [
      "a size that is not that of the shape",
      withHeader({ a: f32(0, 8, [3]) }, 8),
      "takes 12 bytes, data_offsets give 8",
    ],
    ["offsets in the wrong order", withHeader({ a: f32(8, 0, [2]) }, 8), "begin <= end, got [8,0]"],
    ["an unknown dtype", withHeader({ a: { ...f32(0, 4), dtype: "F8_E4M3" } }, 4), 'got "F8_E4M3"'],
    ["a negative size", withHeader({ a: f32(0, 4, [-1]) }, 4), "integers >= 0, got [-1]"],
    ["metadata that is no text", withHeader({ __metadata__: { a: 1 } }, 0), "__metadata__ maps names to text"],
    ["a header that is no object", withHeader("[1]    ", 0), 'begins with "{"'],
    ["a header that is no JSON", withHeader("{a: 1} ", 0), "must be JSON"],
    [
      "a header of 2^40 bytes",
      Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0),
      "give a header of 1099511627776 bytes, at most 100000000 are allowed",
    ],
    [
      "a header longer than the file",
      Uint8Array.of(50, 0, 0, 0, 0, 0, 0, 0, 0x7b),
      "takes 50 bytes from byte 8, found 1",
    ],
  ])("%s is refused", (_, file, message) => {
    expect(refusal(() => decodeSafeTensors(file, "w.safetensors")).message).toContain(message);
  });

  test("empty arrays between others are neither gap nor overlap", () => {
    const tensors = {
      a: tensor([0], new Float32Array(0)),
      b: tensor([1], Float32Array.of(1)),
      c: tensor([0, 3], new Float32Array(0)),
    };
    expect(decodeSafeTensors(encodeSafeTensors({ tensors, metadata: {} }), "w").tensors).toEqual(tensors);
  });

  test("the name __proto__ is an array like any other", () => {
    const tensors: Record<string, Tensor> = Object.fromEntries([["__proto__", tensor([1], Float32Array.of(1))]]);
    const back = decodeSafeTensors(encodeSafeTensors({ tensors, metadata: {} }), "w").tensors;
    expect(Object.keys(back)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
  });

  test("a file of another kind is told to be none", () => {
    const error = refusal(() => decodeSafeTensors(text("trial,time,x\n0,0,1\n"), "trials.csv"));
    expect(error.message).toContain("trials.csv, byte 0: this is no safetensors file");
  });
});

describe("csv", () => {
  test("quotes, doubled quotes, commas and line ends inside cells, CRLF and a byte-order mark", () => {
    const columns = decodeCsv(text('\ufeffname,x\r\n"a ""b"", c",1\r\n"d\ne",2\r\n'), "a.csv");
    expect(columns.name).toEqual(['a "b", c', "d\ne"]);
    expect(columns.x).toEqual(Float64Array.of(1, 2));
  });

  test("missing numbers are NaN, infinities are themselves, blank lines are passed over", () => {
    const { x } = decodeCsv(text("x,y\n,a\nNA,b\n\n?,c\nnan,d\n-inf,e\n+1.5e-3,f\n"), "a.csv");
    expect(x).toEqual(
      Float64Array.of(Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NEGATIVE_INFINITY, 0.0015),
    );
  });

  test("a column whose first cell is a word stays words, numbers below or not", () => {
    expect(decodeCsv(text("x,y\n1,ä\n1,2\n4,b c\n"), "a.csv").y).toEqual(["ä", "2", "b c"]);
  });

  test("no row is as many empty columns", () => {
    expect(decodeCsv(text("x,y"), "a.csv")).toEqual({ x: new Float64Array(0), y: new Float64Array(0) });
  });

  test.each([
    ["x,y\n1,2\n3\n", 8, "line 3: expected 2 cells as in the header, found 1"],
    ["x,y\n1,2\nä,3\n4,5b\n", 8, 'line 3: column "x" holds numbers above, found "ä"'],
    ['x\n"ab\ncd\n', 2, "line 2: the quote that opens here is never closed"],
    ['w,x\n"a\nb",1\nc,0x10\n', 14, 'line 4: column "x" holds numbers above, found "0x10"'],
    ['x\n"a"b\n', 2, 'expected a comma or a line end after the closing quote, found "b"'],
    ["1,2\n3,4\n", 0, 'line 1: expected a column name, found "1"'],
    ["x,x\n", 2, 'column "x" appears twice'],
    ["x;y\n1;2,5\n", 0, "line 1: expected column names separated by commas, found one separated by semicolons"],
    ["x\ty\n1\t2\n", 0, "line 1: expected column names separated by commas, found one separated by tabs"],
    ["", 0, "expected a header row of column names, found an empty file"],
  ])("%j", (content, offset, message) => {
    const error = refusal(() => decodeCsv(text(content), "a.csv"));
    expect(error.offset).toBe(offset);
    expect(error.message).toContain(message);
  });

  test("a single column may have a semicolon in its name: it is written in quotes", () => {
    expect(decodeCsv(encodeCsv({ "x;y": [1] }), "a.csv")).toEqual({ "x;y": Float64Array.of(1) });
  });

  test("the lines of rows are kept past blank lines and line ends inside cells", () => {
    expect(decodeFile(text('x,y\n1,"a\nb"\n\n2,c\n'), "a.csv").lines).toEqual([2, 5]);
  });

  test("offsets count bytes, not characters", () => {
    const error = refusal(() => decodeCsv(text("w,x\näöü😀,1\n,x\n"), "a.csv"));
    expect(error.offset).toBe(4 + 10 + 3 + 1);
  });

  test("columns of unequal length are a ShapeError, numeric names a ParameterError", () => {
    expect(() => encodeCsv({ x: [1], y: [1, 2] })).toThrow("got x with 1 and y with 2 rows");
    expect(() => encodeCsv({ "3": [1] })).toThrow(ParameterError);
  });
});

describe("time series", () => {
  test("tsv: tabs or spaces, NaN as missing, exponents in labels", () => {
    const { labels, values } = decodeUcrTsv(text("   1.0000000e+00  -1.1252183e-01   NaN\n\n2\t3\t4\n"), "a.txt");
    expect(labels).toEqual(["1", "2"]);
    expect(values.shape).toEqual([2, 2, 1]);
    expect(values.data).toEqual(Float64Array.of(-0.11252183, Number.NaN, 3, 4));
  });

  test("ts: comments, several channels, labels of words", () => {
    const file = "#c\n@problemName a\n@univariate false\n@classLabel true up down\n@data\n1,2:3,4:up\n?,6:7,8:down\n";
    const { labels, values } = decodeTs(text(file), "a.ts");
    expect(labels).toEqual(["up", "down"]);
    expect(values.shape).toEqual([2, 2, 2]);
    expect(values.data).toEqual(Float64Array.of(1, 3, 2, 4, Number.NaN, 7, 6, 8));
  });

  test("numeric labels become an array, words stay words", () => {
    expect(decodeFile(text("1\t5\n2\t6\n"), "a.tsv").arrays.label).toEqual(tensor([2], Float64Array.of(1, 2)));
    expect(decodeFile(text("up\t5\n2\t6\n"), "a.tsv").words.label).toEqual(["up", "2"]);
  });

  test.each([
    [decodeUcrTsv, "1\t2\t3\n2\t4\n", 6, "line 2: expected 2 values as in the first row, found 1"],
    [decodeUcrTsv, "1\t2\t3\n2\t4\t5,6\n", 10, 'line 2: expected a number, found "5,6"'],
    [decodeUcrTsv, "1,2,3\n", 0, "expected a label and at least one value between tabs"],
    [decodeUcrTsv, "", 0, "expected at least one series, found none"],
    [decodeTs, "@classLabel true 1\n@data\n1,x:1\n", 27, 'line 3: expected a number, found "x"'],
    [decodeTs, "@classLabel true 1\n@data\n1,2:1\n1,2:3\n", 35, "line 4: expected a label of @classLabel (1)"],
    [decodeTs, "@classLabel true 1\n@data\n1,2:3,4:1\n1,2:1\n", 35, "expected 2 channels as in the first row, found 1"],
    [decodeTs, "@classLabel true 1\n@data\n1,2:3:1\n", 25, "expected 2 values as in the first row, found 1"],
    [decodeTs, "@timeStamps true\n", 0, "time stamps are not read"],
    [decodeTs, "@classLabel false\n", 0, 'expected "@classLabel true" and the labels'],
    [decodeTs, "@targetLabel true\n", 0, "regression targets are not read"],
    [decodeTs, "@problemName a\n@data\n", 15, "expected @classLabel before @data"],
    [decodeTs, "@problemName a\n1,2:1\n", 15, "expected a header line that begins with @"],
    [decodeTs, "@problemName a\n", 0, "expected @data after the header"],
    [decodeArff, "@relation a\n@attribute x numeric\n@data\n1\n", 33, "expected one nominal attribute"],
    [decodeArff, "@relation a\n@attribute x string\n", 12, "text, date and relational attributes are not read"],
    [decodeArff, "@attribute x real\n@attribute c {a}\n@data\n1,b\n", 43, 'expected one of {a}, found "b"'],
    [decodeArff, "@attribute x real\n@attribute c {a}\n@data\n{0 1,1 a}\n", 41, "expected a number"],
    [
      decodeArff,
      "@attribute x real\n@attribute c {a}\n@data\n1,2,a\n",
      41,
      "expected 2 cells as there are attributes, found 3",
    ],
  ])("%o refuses %j at byte %i", (decode, content, offset, message) => {
    const error = refusal(() => decode(text(content), "a"));
    expect(error.message).toContain(message);
    expect(error.offset).toBe(offset);
  });

  test("text that is not UTF-8 is refused at its byte", () => {
    expect(refusal(() => decodeUcrTsv(Uint8Array.of(0x31, 9, 0xff), "a.tsv")).message).toContain("found byte 0xff");
    expect(refusal(() => decodeUcrTsv(Uint8Array.of(0x31, 9, 0xff), "a.tsv")).offset).toBe(2);
  });
});
