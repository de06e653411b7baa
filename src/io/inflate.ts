import { type FlateError, FlateErrorCode, inflateSync } from "fflate";
import { FormatError } from "../core/errors.ts";
import { crc32 } from "./crc32.ts";

/** A raw DEFLATE stream and where it lies. */
export interface Stream {
  readonly bytes: Uint8Array;
  /** Its byte offset in the file. */
  readonly offset: number;
  readonly file: string;
  /** For messages: "the compressed stream", "member \"x\"". */
  readonly what: string;
}

/** DEFLATE turns one byte into at most this many (a repeat of 258 bytes costs at least 2 bits). */
const largestRatio = 1032;

/**
 * Uncompressed bytes, fresh.
 *
 * @param size uncompressed size when it is known beforehand; nothing larger than the stream can hold is allocated
 * @throws FormatError when the stream ends early or is damaged
 */
export function inflate(stream: Stream, size?: number): Uint8Array {
  const { bytes, offset } = stream;
  if (size !== undefined && size > bytes.length * largestRatio) {
    throw streamError(
      stream,
      offset,
      `promises ${size} bytes, more than its ${bytes.length} compressed bytes can hold`,
    );
  }
  // The decoder takes an empty stream for empty content.
  if (bytes.length === 0) throw streamError(stream, offset, "ends early: it has no bytes");
  try {
    return size === undefined ? inflateSync(bytes) : inflateSync(bytes, { out: new Uint8Array(size) });
  } catch (error) {
    if ((error as Partial<FlateError>).code === FlateErrorCode.UnexpectedEOF) {
      throw streamError(stream, offset + bytes.length, "ends early: its last block is not complete");
    }
    throw streamError(stream, offset, `is damaged: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function streamError({ file, what }: Stream, offset: number, rule: string): FormatError {
  return new FormatError({ file, offset, rule: `${what} ${rule}`, remedy: "fetch or write the file again" });
}

/** @throws FormatError when content differs in size or CRC-32 from what the file promises. */
export function checkContent(content: Uint8Array, size: number, crc: number, { offset, file, what }: Stream): void {
  const found = crc32(content);
  if (content.length === size && found === crc) return;
  throw new FormatError({
    file,
    offset,
    rule:
      content.length !== size
        ? `${what} holds ${content.length} bytes, expected ${size}`
        : `${what} has CRC-32 ${hexadecimal(found)}, expected ${hexadecimal(crc)}`,
    remedy: "the file is damaged; fetch or write it again",
  });
}

function hexadecimal(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}
