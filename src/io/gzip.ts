import { FormatError } from "../core/errors.ts";
import { take, viewOf } from "./bytes.ts";
import { checkContent, inflate } from "./inflate.ts";

/** Whether the bytes begin as a gzip file does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The content of a gzip file of one member; fresh.
 *
 * Content of 4 GiB or more, whose size the trailer cannot say, is refused.
 *
 * @throws FormatError for a wrong header, a stream that ends early, wrong size or checksum
 * Source: RFC 1952.
 */
export function decodeGzip(bytes: Uint8Array, file: string): Uint8Array {
  const fixed = take(bytes, 0, 10, file, "the gzip header");
  if (!isGzip(fixed) || fixed[2] !== 8) {
    const found = [...fixed.subarray(0, 3)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new FormatError({
      file,
      offset: 0,
      rule: `expected a gzip file (bytes 1f 8b 08), found ${found}`,
      remedy: "if it is not compressed, take the .gz off its name; otherwise fetch it again",
    });
  }
  const start = headerEnd(bytes, file);
  // The decoder stops at the last block by itself, so the trailer may follow; what a cut file ends with is not a trailer.
  const stream = { bytes: bytes.subarray(start), offset: start, file, what: "the compressed stream" };
  const content = inflate(stream);
  const trailer = viewOf(bytes.subarray(Math.max(start, bytes.length - 8)));
  if (trailer.byteLength < 8) take(bytes, bytes.length, 8, file, "the gzip trailer");
  checkContent(content, trailer.getUint32(4, true), trailer.getUint32(0, true), stream);
  return content;
}

/** Offset of the first byte after the header and its optional parts. */
function headerEnd(bytes: Uint8Array, file: string): number {
  const flags = bytes[3];
  if (flags & 0xe0) {
    throw new FormatError({
      file,
      offset: 3,
      rule: `reserved gzip flags must be 0, got 0x${flags.toString(16)}`,
      remedy: "the file is damaged; fetch or write it again",
    });
  }
  let offset = 10;
  if (flags & 4) {
    const length = viewOf(take(bytes, offset, 2, file, "the gzip extra field's length")).getUint16(0, true);
    take(bytes, offset + 2, length, file, "the gzip extra field");
    offset += 2 + length;
  }
  for (const [flag, what] of [
    [8, "the gzip file name"],
    [16, "the gzip comment"],
  ] as const) {
    if (!(flags & flag)) continue;
    const end = bytes.indexOf(0, offset);
    if (end < 0) take(bytes, offset, bytes.length - offset + 1, file, what);
    offset = end + 1;
  }
  if (flags & 2) {
    take(bytes, offset, 2, file, "the gzip header checksum");
    offset += 2;
  }
  return offset;
}
