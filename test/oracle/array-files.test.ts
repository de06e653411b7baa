/** Files made by NumPy, safetensors and SciPy; array-files.py says how. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Tensor, tensor } from "../../src/core/tensor.ts";
import { decodeArff } from "../../src/io/arff.ts";
import { decodeNpy, encodeNpy } from "../../src/io/npy.ts";
import { decodeNpz } from "../../src/io/npz.ts";
import { decodeSafeTensors, encodeSafeTensors } from "../../src/io/safetensors.ts";

interface Fixture {
  readonly npy: readonly {
    readonly dtype: string;
    readonly order: "C" | "F";
    readonly canonical: boolean;
    readonly values: readonly string[];
    readonly file: string;
  }[];
  readonly npyVersion2: string;
  readonly npzStored: string;
  readonly npzDeflated: string;
  readonly safetensors: string;
  readonly arff: {
    readonly text: string;
    readonly values: readonly (readonly (number | null)[])[];
    readonly labels: readonly string[];
  };
}

const fixture = JSON.parse(readFileSync(new URL("array-files.json", import.meta.url), "utf8")) as Fixture;
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

const expected: Record<string, Tensor> = {
  a: tensor([2, 2], Float32Array.of(1.5, -2.25, Number.POSITIVE_INFINITY, 1e-30)),
  b: tensor([3], Float64Array.of(0.1, -0.2, 1 / 3)),
  c: tensor([3], BigInt64Array.of(1n, -2n, 2n ** 53n + 1n)),
  d: tensor([3], Uint8Array.of(1, 0, 1), "bool"),
  e: tensor([], Int32Array.of(7)),
};

describe("npy against numpy 2.4.6", () => {
  test.each(fixture.npy)("$dtype in $order order holds the values numpy wrote", ({ file, values }) => {
    const array = decodeNpy(bytes(file), "array.npy");
    expect(array.shape).toEqual([2, 3, 4]);
    expect(Array.from(array.data as ArrayLike<number | bigint>, String)).toEqual(values);
  });

  test("all 11 element types are written byte for byte as numpy.save writes them", () => {
    const canonical = fixture.npy.filter((entry) => entry.canonical);
    expect(canonical).toHaveLength(11);
    for (const { file } of canonical) expect(encodeNpy(decodeNpy(bytes(file), "array.npy"))).toEqual(bytes(file));
  });

  test("version 2 reads as version 1 does", () => {
    const one = fixture.npy.find(({ dtype, order }) => dtype === "f4" && order === "C");
    expect(decodeNpy(bytes(fixture.npyVersion2), "v2.npy")).toEqual(decodeNpy(bytes(one!.file), "v1.npy"));
  });
});

test.each(["npzStored", "npzDeflated"] as const)("%s from numpy 2.4.6 gives its five arrays bit for bit", (key) => {
  expect(decodeNpz(bytes(fixture[key]), "arrays.npz")).toEqual(expected);
});

describe("safetensors against safetensors 0.8.0", () => {
  const metadata = { unit: "1", note: "Δt" };

  test("five arrays and metadata are read bit for bit", () => {
    expect(decodeSafeTensors(bytes(fixture.safetensors), "w.safetensors")).toEqual({ tensors: expected, metadata });
  });

  test("a rewritten file has the length of the library's own (399 bytes) and is read back to the same arrays", () => {
    const file = encodeSafeTensors({ tensors: expected, metadata });
    expect(file).toHaveLength(399);
    expect(bytes(fixture.safetensors)).toHaveLength(399);
    expect(decodeSafeTensors(file, "w.safetensors")).toEqual({ tensors: expected, metadata });
  });
});

test("arff from text gives the values and labels of scipy 1.17.1's reader", () => {
  const { values, labels } = decodeArff(new TextEncoder().encode(fixture.arff.text), "demo.arff");
  expect(labels).toEqual(fixture.arff.labels);
  expect(values.shape).toEqual([2, 2, 1]);
  expect([...(values.data as Float64Array)]).toEqual(fixture.arff.values.flat().map((value) => value ?? Number.NaN));
});
