/** BibTeX entries and how they read in a list of references. */
import { FormatError } from "../core/errors.ts";
import { decodeUtf8 } from "./text.ts";

export interface BibtexEntry {
  readonly key: string;
  /** "article", "misc", ...; lower case. */
  readonly type: string;
  /** As written, without the outer braces, by lower-case name. */
  readonly fields: Readonly<Record<string, string>>;
  /** The entry as it stands in the file. */
  readonly text: string;
}

/**
 * The entries of a BibTeX file by key. Values are braced, quoted or bare numbers; text between entries is a comment.
 *
 * @throws FormatError at an entry that does not end, has no key or repeats one
 */
export function decodeBibtex(bytes: Uint8Array, file: string): Readonly<Record<string, BibtexEntry>> {
  const text = decodeUtf8(bytes, file);
  const entries: Record<string, BibtexEntry> = {};
  for (const match of text.matchAll(/^@(\w+)\s*\{/gm)) {
    const start = match.index;
    const fault = (rule: string): FormatError =>
      new FormatError({ file, offset: start, rule, remedy: "mend the entry" });
    const end = closing(text, start + match[0].length - 1);
    if (end === undefined) throw fault("the entry that begins here has no closing brace");
    const body = text.slice(start + match[0].length, end);
    const comma = body.indexOf(",");
    const key = body.slice(0, comma).trim();
    if (comma < 0 || !/^[^\s{}=]+$/.test(key)) throw fault("an entry begins with its key and a comma");
    if (key in entries) throw fault(`the key "${key}" appears twice`);
    entries[key] = {
      key,
      type: match[1].toLowerCase(),
      fields: fieldsOf(body.slice(comma + 1)),
      text: text.slice(start, end + 1),
    };
  }
  return entries;
}

/** Index of the brace that closes the one at `open`. */
function closing(text: string, open: number): number | undefined {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "{") depth++;
    else if (text[i] === "}" && --depth === 0) return i;
  }
  return undefined;
}

function fieldsOf(body: string): Record<string, string> {
  const fields: Record<string, string> = {};
  const name = /\s*,?\s*([A-Za-z][\w-]*)\s*=\s*/y;
  for (let match = name.exec(body); match !== null; match = name.exec(body)) {
    const from = name.lastIndex;
    let end: number;
    if (body[from] === "{") end = (closing(body, from) ?? body.length) + 1;
    else if (body[from] === '"') end = body.indexOf('"', from + 1) + 1 || body.length;
    else end = from + (/[,\s}]|$/.exec(body.slice(from))?.index ?? 0);
    fields[match[1].toLowerCase()] = /^["{]/.test(body[from]) ? body.slice(from + 1, end - 1) : body.slice(from, end);
    name.lastIndex = end;
  }
  return fields;
}

const accents: Readonly<Record<string, string>> = {
  '"': "\u0308",
  "'": "\u0301",
  "`": "\u0300",
  "^": "\u0302",
  "~": "\u0303",
  c: "\u0327",
  v: "\u030c",
};

/** Letters that have a command of their own. */
const letters: Readonly<Record<string, string>> = {
  ss: "ß",
  ae: "æ",
  AE: "Æ",
  oe: "œ",
  OE: "Œ",
  aa: "å",
  AA: "Å",
  o: "ø",
  O: "Ø",
  l: "ł",
  L: "Ł",
};

/** TeX text as plain text: accents, letters, dashes; braces go. */
function plain(tex: string): string {
  return tex
    .replace(
      /\{?\\(["'`^~]|[cv](?![A-Za-z]))\s*\{?\\?([A-Za-z])\}?\}?/g,
      (_, accent: string, letter: string) => `${letter}${accents[accent]}`,
    )
    .replace(/\\(ss|ae|AE|oe|OE|aa|AA|o|O|l|L)(?![A-Za-z])\s*/g, (_, letter: string) => letters[letter])
    .replace(/\\([&%$#_])/g, "$1")
    .replaceAll("---", "—")
    .replaceAll("--", "–")
    .replaceAll("~", " ")
    .replace(/[{}]/g, "")
    .replace(/\s+/g, " ")
    .normalize("NFC")
    .trim();
}

/** "Eckstein N. I., Srinivasan M. (2026). Paradoxical noise preference in RNNs. Transactions on Machine Learning Research." */
export function referenceText({ fields }: BibtexEntry): string {
  const { author, year, title, journal, booktitle, publisher, volume, number, pages, eprint } = fields;
  const authors = (author ?? "").split(/\s+and\s+/).map(authorText);
  const where = plain(journal ?? booktitle ?? publisher ?? "");
  const issue = volume === undefined ? "" : ` ${volume}${number === undefined ? "" : `(${number})`}`;
  const range = pages === undefined ? "" : `${volume === undefined ? ", pages " : ":"}${plain(pages)}`;
  const archive = eprint === undefined || where !== "" ? "" : `arXiv:${eprint}`;
  return [`${authors.join(", ")} (${year ?? "no year"})`, plain(title ?? ""), `${where}${issue}${range}`, archive]
    .filter((part) => part !== "")
    .map((part) => `${part}.`)
    .join(" ");
}

/** "Eckstein N. I." from "Eckstein, Noah I."; a name in braces stays whole. */
function authorText(name: string): string {
  if (name.startsWith("{")) return plain(name);
  const [family, given = ""] = plain(name).split(",");
  const initials = given
    .trim()
    .split(/[\s.]+/)
    .filter((part) => part !== "")
    .map((part) =>
      part
        .split("-")
        .map((half) => `${half[0]}.`)
        .join("-"),
    );
  return [family.trim(), ...initials].join(" ");
}

/** Where the entry can be read; undefined when it does not say. */
export function referenceUrl({ fields }: BibtexEntry): string | undefined {
  if (fields.eprint !== undefined) return `https://arxiv.org/abs/${fields.eprint}`;
  return fields.doi === undefined ? fields.url : `https://doi.org/${fields.doi}`;
}
