/**
 * The font that figures are set in: Arimo (SIL Open Font Licence, same metrics as Arial), shipped by a package.
 *
 * Text is measured and PNG files are drawn with these files alone, so a figure looks the same on a machine without any font.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { FormatError } from "../../core/errors.ts";

export interface Font {
  readonly file: string;
  /** Width of the text in units of the font size; kerning is not counted. */
  width(text: string): number;
}

const require = createRequire(import.meta.url);
const loaded = new Map<string, Font>();

export const fontName = "Arimo";

export function regularFont(): Font {
  return font("@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf");
}

export function boldFont(): Font {
  return font("@expo-google-fonts/arimo/700Bold/Arimo_700Bold.ttf");
}

function font(specifier: string): Font {
  const known = loaded.get(specifier);
  if (known !== undefined) return known;
  const file = require.resolve(specifier);
  const advance = advanceWidths(file, readFileSync(file));
  const fresh: Font = {
    file,
    width: (text) => [...text].reduce((sum, character) => sum + advance(character.codePointAt(0) ?? 0), 0),
  };
  loaded.set(specifier, fresh);
  return fresh;
}

/**
 * Advance width of a code point in units of the em, from the tables head, hhea, hmtx and cmap (format 4) of a TrueType file.
 *
 * Source: OpenType specification 1.9, chapters of these tables. A code point without a glyph has the width of glyph 0.
 */
function advanceWidths(file: string, bytes: Uint8Array): (codePoint: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = new Map<string, number>();
  for (let i = 0; i < view.getUint16(4); i++) {
    const entry = 12 + 16 * i;
    tables.set(String.fromCharCode(...bytes.subarray(entry, entry + 4)), view.getUint32(entry + 8));
  }
  const table = (tag: string): number => {
    const offset = tables.get(tag);
    if (offset === undefined) throw malformed(file, 12, `a TrueType font has a table "${tag}", found none`);
    return offset;
  };
  const unitsPerEm = view.getUint16(table("head") + 18);
  const metricCount = view.getUint16(table("hhea") + 34);
  const hmtx = table("hmtx");
  const cmap = table("cmap");
  const segments = unicodeSegments(view, cmap);
  if (segments === undefined) throw malformed(file, cmap, "a font has a Unicode map of format 4, found none");
  const segCount = view.getUint16(segments + 6) / 2;
  const ends = segments + 14;
  const starts = ends + 2 * segCount + 2;
  const deltas = starts + 2 * segCount;
  const ranges = deltas + 2 * segCount;
  const glyphOf = (codePoint: number): number => {
    for (let i = 0; i < segCount; i++) {
      if (codePoint > view.getUint16(ends + 2 * i)) continue;
      const start = view.getUint16(starts + 2 * i);
      if (codePoint < start) return 0;
      const delta = view.getUint16(deltas + 2 * i);
      const range = view.getUint16(ranges + 2 * i);
      if (range === 0) return (codePoint + delta) & 0xffff;
      const glyph = view.getUint16(ranges + 2 * i + range + 2 * (codePoint - start));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
  return (codePoint) => view.getUint16(hmtx + 4 * Math.min(glyphOf(codePoint), metricCount - 1)) / unitsPerEm;
}

function unicodeSegments(view: DataView, cmap: number): number | undefined {
  for (let i = 0; i < view.getUint16(cmap + 2); i++) {
    const record = cmap + 4 + 8 * i;
    const platform = view.getUint16(record);
    const subtable = cmap + view.getUint32(record + 4);
    if ((platform === 0 || platform === 3) && view.getUint16(subtable) === 4) return subtable;
  }
  return undefined;
}

function malformed(file: string, offset: number, rule: string): FormatError {
  return new FormatError({ file, offset, rule, remedy: "install the dependencies again with npm ci" });
}
