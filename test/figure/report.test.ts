import { beforeAll, describe, expect, test } from "vitest";
import { dataUri, html } from "../../src/figure/html.ts";
import { type Report, reportPage } from "../../src/figure/report.ts";
import { specificationText } from "../../src/figure/specification-text.ts";
import { elements } from "./html-elements.ts";
import { exampleReport } from "./report-example.ts";

let report: Report;
let page: string;

beforeAll(async () => {
  report = await exampleReport({ seeds: 3 });
  page = reportPage(report);
});

function unescaped(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

describe("a page by itself", () => {
  test("every tag is closed in order, and every identifier is unique", () => {
    const ids = elements(page).flatMap(({ attributes }) => attributes.get("id") ?? []);
    expect(ids.length).toBeGreaterThan(10);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("nothing is loaded: no script, no resource, only links to anchors, references and data inside the page", () => {
    for (const { tag, attributes } of elements(page)) {
      expect([
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "video",
        "audio",
        "source",
        "image",
        "use",
      ]).not.toContain(tag);
      for (const name of ["src", "srcset", "xlink:href", "poster", "action", "ping", "onload", "onclick"])
        expect(attributes.has(name), `${tag} ${name}`).toBe(false);
      const target = attributes.get("href");
      if (target === undefined) continue;
      expect(tag).toBe("a");
      expect(target).toMatch(/^(#|data:|https:\/\/|[a-z-]+\/report\.html)/);
      if (target.startsWith("https:")) expect(report.references.map((reference) => reference.url)).toContain(target);
    }
    expect(page).not.toMatch(/@import|url\((?!#)/);
    expect(page).toContain(
      `content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`,
    );
  });

  test("every anchor leads to an element of the page", () => {
    const all = elements(page);
    const ids = new Set(all.map(({ attributes }) => attributes.get("id")));
    const anchors = all
      .flatMap(({ attributes }) => attributes.get("href") ?? [])
      .filter((href) => href.startsWith("#"));
    expect(anchors.length).toBeGreaterThanOrEqual(7);
    for (const anchor of anchors) expect(ids).toContain(anchor.slice(1));
    for (const { attributes } of all)
      for (const label of attributes.get("aria-labelledby")?.split(" ") ?? []) expect(ids).toContain(label);
  });

  test("the same report gives the same page", async () => {
    expect(reportPage(await exampleReport({ seeds: 3 }))).toBe(page);
  });
});

describe("figures in the page", () => {
  test("each figure is there as drawing, as CSV, and as specification, twice: to read and to save", () => {
    const all = elements(page);
    const links = all.filter(({ attributes }) => attributes.has("download"));
    expect(links).toHaveLength(3 * report.figures.length);
    const saved = new Map(
      links.map(({ attributes }) => [attributes.get("download"), contentOf(attributes.get("href") ?? "")]),
    );
    for (const { figure, svg, csv } of report.figures) {
      const specification = specificationText(figure.specification);
      expect(page).toContain(svg);
      expect(saved.get(`${figure.name}.svg`)).toBe(svg);
      expect(saved.get(`${figure.name}.csv`)).toBe(csv);
      expect(saved.get(`${figure.name}.vl.json`)).toBe(specification);
      const shown = all.filter(({ tag, text }) => tag === "code" && unescaped(text) === specification);
      expect(shown).toHaveLength(1);
    }
  });

  test("each row of data stands in the page's CSV: header and one line per row", () => {
    for (const { figure, csv } of report.figures)
      expect(csv.trimEnd().split("\n")).toHaveLength(figure.data.length + 1);
  });

  test("captions, and titles for the ear, are there", () => {
    for (const { figure } of report.figures) {
      expect(unescaped(page)).toContain(`<figcaption>${figure.caption}</figcaption>`);
      expect(page).toContain(`<span class="heard">. ${figure.title}</span>`);
    }
  });
});

describe("for readers of every kind", () => {
  test("headings begin with one h1 and never skip a level", () => {
    const levels = elements(page).flatMap(({ tag }) => (/^h[1-6]$/.test(tag) ? Number(tag[1]) : []));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
  });

  test("each table has a caption, and each header cell a scope", () => {
    const all = elements(page);
    const count = (tag: string) => all.filter((element) => element.tag === tag).length;
    expect(count("table")).toBe(report.tables.length + 2); // the claims, the settings
    expect(count("caption")).toBe(count("table"));
    for (const { tag, attributes } of all) if (tag === "th") expect(attributes.get("scope")).toMatch(/^(col|row)$/);
  });

  test("each drawing is one image with title and description", () => {
    const all = elements(page);
    const drawings = all.filter(({ tag }) => tag === "svg");
    expect(drawings).toHaveLength(report.figures.length);
    for (const { attributes } of drawings) expect(attributes.get("role")).toBe("img");
    for (const drawing of drawings) {
      const [title, description] = all.slice(all.indexOf(drawing) + 1);
      expect([title.tag, description.tag]).toEqual(["title", "desc"]);
      expect(title.text.length).toBeGreaterThan(10);
      expect(description.text.length).toBeGreaterThan(50);
    }
  });

  test("whatever scrolls can be reached from the keyboard", () => {
    for (const { tag, attributes } of elements(page))
      if (tag === "pre" || ["scroll", "card"].includes(attributes.get("class") ?? ""))
        expect(attributes.get("tabindex")).toBe("0");
  });

  test("text has a contrast of at least 4.5 on its ground, in light and in dark", () => {
    const [light, dark] = [...page.matchAll(/:root \{([^}]*--page[^}]*)\}/g)].map(([, block]) => colours(block));
    for (const scheme of [light, dark])
      for (const [text, grounds] of [
        ["ink", ["page", "soft", "warn-page"]],
        ["muted", ["page", "soft"]],
        ["link", ["page"]],
        ["good", ["soft"]],
        ["bad", ["soft"]],
      ] as const)
        for (const ground of grounds)
          expect(contrast(scheme[text], scheme[ground]), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  });
});

describe("content", () => {
  test("each claim is a row with its verdict in words, the numbers that decide it, where it holds and where it is shown", () => {
    for (const words of ["holds", "does not hold", "not testable", "At 1 the interval reaches 0.05."])
      expect(page).toContain(words);
    expect(page).toContain('<tr id="claim-2">');
    expect(page).toContain("From training noise 0.5 on.");
    expect(page).toContain('<a href="function-approximation/report.html#preference-curves">Function approximation</a>');
  });

  test("the rule that decides them stands below them, and goes with them", () => {
    expect(unescaped(page)).toContain(report.rule);
    expect(reportPage({ ...report, verdicts: [] })).not.toContain('class="rule"');
  });

  test("command, run facts, settings with their source, files and references are all there", () => {
    for (const { name, value } of report.facts) expect(page).toContain(`<dt>${name}</dt><dd>${value}</dd>`);
    expect(page).toContain(`<code>${report.command}</code>`);
    expect(page).toContain("<td>our choice</td>");
    expect(page).toContain("<td>the data set</td>");
    expect(page).toContain("results.parquet");
    expect(page).toContain('<li id="reference-eckstein2026">');
  });

  test("sections without content are left out, with their links", () => {
    const bare = reportPage({ ...report, tables: [], figures: [], references: [], warnings: [] });
    expect(bare).not.toContain('id="figures"');
    expect(bare).not.toContain('href="#references"');
    expect(bare).not.toContain("Read this first");
  });

  test("text from outside cannot become markup", () => {
    const attack = `"><script>alert('x')</script>&amp;`;
    const attacked = reportPage({
      ...report,
      title: attack,
      warnings: [attack],
      command: attack,
      facts: [{ name: attack, value: attack }],
      references: [{ key: attack, text: attack }],
      verdicts: [
        {
          statement: attack,
          source: attack,
          rule: attack,
          outcome: "holds",
          measured: [attack],
          conditions: [attack],
          shown: [{ text: attack, href: attack }],
        },
      ],
      tables: [{ caption: attack, columns: [{ title: attack, meaning: attack, kind: "text" }], rows: [[attack]] }],
    });
    expect(elements(attacked).some(({ tag }) => tag === "script")).toBe(false);
    expect(elements(attacked).find(({ tag }) => tag === "h1")?.text).toBe(
      "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;",
    );
  });
});

describe("html", () => {
  test("templates escape text, keep HTML, and join lists", () => {
    expect(html`<p title="${'"<&'}">${3} ${[html`<b>${"<"}</b>`, html`<i></i>`]}</p>`.html).toBe(
      '<p title="&quot;&lt;&amp;">3 <b>&lt;</b><i></i></p>',
    );
  });

  test("a data link gives back its text, whatever is in it", () => {
    const text = `100 % #1 "a" & 'b' <c>\té\u{1F600}\n\n  ?x=1+2  `;
    const { html: link } = dataUri("text/plain", text);
    expect(link).not.toMatch(/['&#\n\t]/);
    expect(contentOf(link)).toBe(text);
    expect(link.startsWith("data:text/plain;charset=utf-8,")).toBe(true);
  });
});

/** What a browser reads from a data link: the platform's own URL parser, then percent decoding. */
function contentOf(href: string): string {
  const url = new URL(href);
  expect(url.hash).toBe("");
  return decodeURIComponent(url.href.slice(url.href.indexOf(",") + 1));
}

function colours(block: string): Record<string, string> {
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value]));
}

/** Ratio of relative luminances, Web Content Accessibility Guidelines 2.2, section 1.4.3. */
function contrast(a: string, b: string): number {
  const [darker, lighter] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
