import { zipSync } from "fflate";
import { FormatError } from "../core/errors.ts";
import { take, viewOf } from "./bytes.ts";
import { checkContent, inflate } from "./inflate.ts";
import { decodeUtf8 } from "./text.ts";

/** A file inside a zip archive. */
export interface ZipMember {
  /** Path inside the archive, with forward slashes. */
  readonly name: string;
  /** Uncompressed size in bytes. */
  readonly size: number;
  /** Its content, checked against size and CRC-32; fresh. @throws FormatError */
  read(): Uint8Array;
}

const endSignature = 0x06054b50;
const directorySignature = 0x02014b50;
const localSignature = 0x04034b50;

/**
 * The members of a zip archive, in the order of its central directory; directories are left out.
 *
 * Stored and deflated members are read; encryption, archives in several parts and sizes of 4 GiB or more are refused.
 *
 * @throws FormatError when the directory is not where it should be or contradicts itself
 * Source: APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12, 4.3.16.
 */
export function zipMembers(bytes: Uint8Array, file: string): readonly ZipMember[] {
  const view = viewOf(bytes);
  const end = directoryEnd(bytes, file);
  const count = view.getUint16(end + 10, true);
  let offset = view.getUint32(end + 16, true);
  const members: ZipMember[] = [];
  const names = new Set<string>();
  for (let k = 0; k < count; k++) {
    const what = `entry ${k + 1} of ${count} in the zip directory`;
    take(bytes, offset, 46, file, what);
    expectSignature(view, offset, directorySignature, what, file);
    const nameLength = view.getUint16(offset + 28, true);
    const length = 46 + nameLength + view.getUint16(offset + 30, true) + view.getUint16(offset + 32, true);
    take(bytes, offset, length, file, what);
    const name = decodeUtf8(bytes.subarray(offset + 46, offset + 46 + nameLength), file, offset + 46);
    if (names.has(name)) throw zipError(file, offset, `member names differ from each other, got "${name}" twice`);
    names.add(name);
    if (!name.endsWith("/")) members.push(memberAt(bytes, view, offset, name, file));
    offset += length;
  }
  if (offset !== end) {
    throw zipError(
      file,
      offset,
      `the zip directory of ${count} entries ends at byte ${end}, found its end at ${offset}`,
    );
  }
  return members;
}

function memberAt(bytes: Uint8Array, view: DataView, entry: number, name: string, file: string): ZipMember {
  const flags = view.getUint16(entry + 8, true);
  const method = view.getUint16(entry + 10, true);
  const crc = view.getUint32(entry + 16, true);
  const packedSize = view.getUint32(entry + 20, true);
  const size = view.getUint32(entry + 24, true);
  const local = view.getUint32(entry + 42, true);
  const what = `member "${name}"`;
  if (flags & 1) throw zipError(file, entry, `${what} must not be encrypted`);
  if (method !== 0 && method !== 8) {
    throw zipError(file, entry, `${what} must be stored (0) or deflated (8), got compression method ${method}`);
  }
  if ([packedSize, size, local].includes(0xffffffff)) throw zipError(file, entry, `${what} must be smaller than 4 GiB`);
  return {
    name,
    size,
    read: () => {
      take(bytes, local, 30, file, `the header of ${what}`);
      expectSignature(view, local, localSignature, `the header of ${what}`, file);
      const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
      const stream = { bytes: take(bytes, start, packedSize, file, what), offset: start, file, what };
      const content = method === 0 ? new Uint8Array(stream.bytes) : inflate(stream, size);
      checkContent(content, size, crc, stream);
      return content;
    },
  };
}

/** Offset of the end record: the last place whose comment reaches exactly to the end of the file. */
function directoryEnd(bytes: Uint8Array, file: string): number {
  const view = viewOf(bytes);
  for (let offset = bytes.length - 22; offset >= Math.max(0, bytes.length - 22 - 0xffff); offset--) {
    if (view.getUint32(offset, true) !== endSignature) continue;
    if (offset + 22 + view.getUint16(offset + 20, true) === bytes.length) return offset;
  }
  throw new FormatError({
    file,
    offset: bytes.length,
    rule:
      bytes[0] === 0x50 && bytes[1] === 0x4b
        ? `the zip archive ends early: no directory at the end of its ${bytes.length} bytes`
        : `expected a zip archive, found no zip directory in ${bytes.length} bytes`,
    remedy: "fetch or write the file again",
  });
}

function expectSignature(view: DataView, offset: number, signature: number, what: string, file: string): void {
  const found = view.getUint32(offset, true);
  if (found === signature) return;
  throw zipError(file, offset, `${what} begins with 0x${signature.toString(16)}, found 0x${found.toString(16)}`);
}

function zipError(file: string, offset: number, rule: string): FormatError {
  return new FormatError({ file, offset, rule, remedy: "write the archive again with a plain zip tool" });
}

/**
 * A zip archive of the given members; equal content gives equal bytes on every machine and day.
 *
 * @param compression "deflate" or "store"
 */
export function encodeZip(
  members: Readonly<Record<string, Uint8Array>>,
  compression: "deflate" | "store" = "deflate",
): Uint8Array {
  // The oldest time a zip file can carry: there is nothing to learn from a newer one, and it would differ each time.
  return zipSync(members, { level: compression === "deflate" ? 6 : 0, mtime: new Date(1980, 0, 1) });
}
