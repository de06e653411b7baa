/** NumPy's .npz: a zip archive of .npy files. */
import { FormatError } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import { checkNothingLost, type Format } from "./contract.ts";
import { decodeNpy, encodeNpy } from "./npy.ts";
import { encodeZip, zipMembers } from "./zip.ts";

/**
 * The arrays of an .npz file by name, in file order.
 *
 * @throws FormatError with the member's name and the offset inside it
 */
export function decodeNpz(bytes: Uint8Array, file: string): Record<string, Tensor> {
  return Object.fromEntries(
    zipMembers(bytes, file).map((member) => {
      if (!member.name.endsWith(".npy")) {
        throw new FormatError({
          file,
          offset: -1,
          rule: `the members of an .npz file end in .npy, got "${member.name}"`,
          remedy: "save it with numpy.savez",
        });
      }
      return [member.name.slice(0, -4), decodeNpy(member.read(), `${file}:${member.name}`)];
    }),
  );
}

/** An .npz file; equal arrays give equal bytes. */
export function encodeNpz(
  arrays: Readonly<Record<string, Tensor>>,
  compression: "deflate" | "store" = "deflate",
): Uint8Array {
  const members = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, encodeNpy(array)] as const);
  return encodeZip(Object.fromEntries(members), compression);
}

export const npz: Format = {
  name: "npz",
  summary: "Several NumPy arrays by name.",
  extensions: [".npz"],
  decode: (bytes, file) => ({ arrays: decodeNpz(bytes, file), words: {}, metadata: {} }),
  encode: (content) => {
    checkNothingLost("npz", content, ["words", "metadata"]);
    return encodeNpz(content.arrays);
  },
};
