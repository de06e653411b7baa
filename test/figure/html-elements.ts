/** HTML read strictly, without a browser. */

export interface Element {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Text of the element itself, without that of elements inside. */
  text: string;
}

const voidTags = new Set(["meta", "br", "link", "img", "input", "hr"]);

/** Elements of a page in order; throws when a tag is closed that is not the one open, or one is left open. */
export function elements(source: string): Element[] {
  const found: Element[] = [];
  const open: Element[] = [];
  const pattern =
    /<!doctype html>|<\/([a-z]\w*)>|<([a-z]\w*)((?:\s+[\w:-]+(?:="[^"]*"|='[^']*')?)*)\s*(\/?)>|([^<]+)|(<)/g;
  for (const [whole, closed, tag, attributes, selfClosed, text, stray] of source.matchAll(pattern)) {
    if (stray !== undefined) throw new Error(`a "<" that opens no tag, before ${source.slice(0, 40)}`);
    const current = open[open.length - 1];
    if (text !== undefined && current !== undefined) current.text += text;
    if (closed !== undefined) {
      if (current?.tag !== closed) throw new Error(`</${closed}> closes <${current?.tag}>`);
      open.pop();
    }
    if (tag === undefined) continue;
    const named = [...attributes.matchAll(/([\w:-]+)(?:="([^"]*)"|='([^']*)')?/g)];
    const element = { tag, attributes: new Map(named.map(([, name, a, b]) => [name, a ?? b ?? ""])), text: "" };
    found.push(element);
    if (selfClosed === "" && !voidTags.has(tag)) open.push(element);
    if (whole.length === 0) break;
  }
  if (open.length > 0) throw new Error(`left open: ${open.map((element) => element.tag).join(" ")}`);
  return found;
}
