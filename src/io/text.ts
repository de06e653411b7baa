/** Text files: strict UTF-8, lines, and errors that carry line and byte offset. */
import { FormatError } from "../core/errors.ts";

/** A decoded text file. */
export interface TextSource {
  readonly file: string;
  readonly text: string;
  /** Index in `text` where a byte-order mark ended; 0 or 1 character is never part of `text`. */
  readonly markBytes: number;
}

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Index of its first character in the text. */
  readonly start: number;
  /** Without its line end. */
  readonly text: string;
}

/** @throws FormatError at the first byte that is not UTF-8. */
export function textSource(bytes: Uint8Array, file: string): TextSource {
  const markBytes = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  return { file, text: decodeUtf8(bytes.subarray(markBytes), file, markBytes), markBytes };
}

/**
 * @param origin byte offset of `bytes` in its file, for the message
 * @throws FormatError at the first byte that is not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array, file: string, origin = 0): string {
  const parts: string[] = [];
  let units: number[] = [];
  let i = 0;
  while (i < bytes.length) {
    // Runs of ASCII, which is nearly all of any data file, go through in one call per 8 KiB.
    let end = i;
    while (end < bytes.length && end - i < 8192 && bytes[end] < 0x80) end++;
    if (end > i) {
      parts.push(String.fromCharCode(...units), String.fromCharCode.apply(null, bytes.subarray(i, end) as never));
      units = [];
      i = end;
      continue;
    }
    const [code, length] = codePointAt(bytes, i);
    if (code < 0) {
      throw new FormatError({
        file,
        offset: origin + i,
        rule: `expected UTF-8 text, found byte 0x${bytes[i].toString(16).padStart(2, "0")}`,
        remedy: "save the file as UTF-8; a compressed or binary file needs its own extension",
      });
    }
    if (code > 0xffff) units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
    else units.push(code);
    if (units.length > 4096) {
      parts.push(String.fromCharCode(...units));
      units = [];
    }
    i += length;
  }
  parts.push(String.fromCharCode(...units));
  return parts.join("");
}

/** Code point and byte length of the sequence at `i`, or -1: overlong forms, surrogates and cut sequences are refused. */
function codePointAt(bytes: Uint8Array, i: number): [number, number] {
  const first = bytes[i];
  const length =
    first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (length === 0 || i + length > bytes.length) return [-1, 1];
  let code = first & (0xff >> (length + 1));
  for (let k = 1; k < length; k++) {
    if ((bytes[i + k] & 0xc0) !== 0x80) return [-1, 1];
    code = (code << 6) | (bytes[i + k] & 0x3f);
  }
  const least = length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000;
  if (code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return [-1, 1];
  return [code, length];
}

/** UTF-8 bytes of a text; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  // Nearly all texts are ASCII, one byte a character.
  const ascii = new Uint8Array(text.length);
  let length = 0;
  for (let code = 0; length < text.length; length++) {
    code = text.charCodeAt(length);
    if (code >= 0x80) break;
    ascii[length] = code;
  }
  if (length === text.length) return ascii;
  const bytes = new Uint8Array(text.length * 3);
  bytes.set(ascii.subarray(0, length));
  for (const character of text.slice(length)) {
    let code = character.codePointAt(0)!;
    if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
    if (code < 0x80) bytes[length++] = code;
    else {
      const extra = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
      bytes[length++] = [0xc0, 0xe0, 0xf0][extra - 1] | (code >> (6 * extra));
      for (let k = extra - 1; k >= 0; k--) bytes[length++] = 0x80 | ((code >> (6 * k)) & 0x3f);
    }
  }
  return bytes.slice(0, length);
}

/** Lines of a text, ended by LF, CRLF or the end of the file; a final line end starts no new line. */
export function* linesOf({ text }: TextSource): Generator<Line> {
  let start = 0;
  for (let number = 1; start < text.length; number++) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    yield { number, start, text: text.slice(start, end > start && text[end - 1] === "\r" ? end - 1 : end) };
    start = end + 1;
  }
}

/** An error at a character of the text. */
export function textError(
  source: TextSource,
  index: number,
  lineNumber: number,
  rule: string,
  remedy: string,
): FormatError {
  return new FormatError({
    file: source.file,
    offset: source.markBytes + encodeUtf8(source.text.slice(0, index)).length,
    rule: `line ${lineNumber}: ${rule}`,
    remedy,
  });
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const special: Readonly<Record<string, number>> = {
  "": Number.NaN,
  "?": Number.NaN,
  na: Number.NaN,
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  "+inf": Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  "+infinity": Number.POSITIVE_INFINITY,
  "-infinity": Number.NEGATIVE_INFINITY,
};

/** The number a cell spells, NaN for a missing value (empty, `?`, `NA`, `NaN`), or undefined when it spells none. */
export function numberIn(cell: string): number | undefined {
  const trimmed = cell.trim();
  if (decimal.test(trimmed)) return Number(trimmed);
  const key = trimmed.toLowerCase();
  return Object.hasOwn(special, key) ? special[key] : undefined;
}
