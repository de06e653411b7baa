/** HTML that cannot be injected into: a template escapes whatever is put into it, unless that is HTML already. */

export interface Html {
  readonly html: string;
}

type Part = Html | string | number | readonly Html[];

/** Tagged template: strings and numbers are escaped for text and for double-quoted attributes alike. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: texts.map((text, index) => (index === 0 ? text : textOf(parts[index - 1]) + text)).join("") };
}

/** Text that is known to be HTML, such as a drawing made by this library. */
export function trustedHtml(text: string): Html {
  return { html: text };
}

function textOf(part: Part): string {
  if (typeof part === "string") return escapeHtml(part);
  if (typeof part === "number") return String(part);
  return "html" in part ? part.html : part.map((member) => member.html).join("");
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Text between tags, where quotes need no escape: long code stays near its own size. */
export function textHtml(text: string): Html {
  return trustedHtml(text.replaceAll("&", "&amp;").replaceAll("<", "&lt;"));
}

/**
 * A link target that carries its own content, so that a page offers files without a server. Only what a URL or an attribute
 * in single quotes cannot hold is encoded, which keeps it near the size of the text.
 *
 * @returns to be put between single quotes
 */
export function dataUri(mediaType: string, text: string): Html {
  const content = text.replace(/[%#&']|[^\x20-\x7e]+| +$/gu, (part) =>
    part === "'" ? "%27" : part.startsWith(" ") ? "%20".repeat(part.length) : encodeURIComponent(part),
  );
  return trustedHtml(`data:${mediaType};charset=utf-8,${content}`);
}
