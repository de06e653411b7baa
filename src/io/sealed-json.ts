/** JSON objects that carry a checksum of themselves. */
import { canonicalJson } from "../core/canonical-json.ts";
import { FormatError } from "../core/errors.ts";
import { sha256 } from "../core/sha256.ts";
import { decodeUtf8, encodeUtf8 } from "./text.ts";

/**
 * Text of an object with one key more, `checksum`: the SHA-256 of the canonical JSON of the others.
 *
 * @param content plain JSON; numbers that are not finite become null, as JSON has it
 */
export function encodeSealedJson(content: object): string {
  const plain = JSON.parse(JSON.stringify(content)) as Record<string, unknown>;
  return `${JSON.stringify({ ...plain, checksum: checksumOf(plain) }, null, 2)}\n`;
}

/**
 * The object, without its checksum.
 *
 * @param remedy what to do when the file is damaged
 * @throws FormatError when the bytes are no such text, or the checksum is that of another content
 */
export function decodeSealedJson(bytes: Uint8Array, file: string, remedy: string): Record<string, unknown> {
  const wrong = (rule: string): FormatError => new FormatError({ file, offset: -1, rule, remedy });
  let content: unknown;
  try {
    content = JSON.parse(decodeUtf8(bytes, file));
  } catch (error) {
    throw wrong(`must be whole JSON, got ${bytes.length} bytes (${(error as Error).message})`);
  }
  if (typeof content !== "object" || content === null || !("checksum" in content)) {
    throw wrong("must be a JSON object with a checksum, found none");
  }
  const { checksum, ...rest } = content;
  const found = checksumOf(rest);
  if (checksum !== found) throw wrong(`the checksum must be ${String(checksum)}, found ${found}`);
  return rest;
}

function checksumOf(content: Record<string, unknown>): string {
  return sha256(encodeUtf8(canonicalJson(content)));
}
