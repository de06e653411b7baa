import { describe, expect, test } from "vitest";
import { assignments, intensityList, wholeNumber } from "../../src/cli/options.ts";
import { durationText, sizeText, textTable } from "../../src/cli/output.ts";
import { progress } from "../../src/cli/progress.ts";
import { withValue } from "../../src/cli/run-file.ts";

describe("progress", () => {
  function watched(isTTY: boolean, weights: readonly number[], isQuiet = false) {
    let time = 0;
    const written: string[] = [];
    const stream = { isTTY, columns: 120, write: (text: string) => written.push(text) };
    const bar = progress({ stream, isQuiet, unit: "networks", weights, now: () => time });
    return { bar, written, pass: (seconds: number) => (time += 1000 * seconds) };
  }

  test("without a terminal at most one line comes every five seconds, whatever the number of reports", () => {
    const { bar, written, pass } = watched(false, [1, 1]);
    for (let i = 1; i <= 1200; i++) {
      pass(2 ** -7);
      bar.update(0, i / 1200);
    }
    // 9.4 s: one line, at 5 s, when 640 of 2400 parts are done and 1760 are left
    expect(written).toEqual(["26 %, 0 of 2 networks, about 14 s left\n"]);
  });

  test("two jobs at work at once count by their weights, and the rest is extrapolated from the pace", () => {
    const { bar, written, pass } = watched(false, [3, 1]);
    pass(10);
    bar.update(0, 0.5);
    pass(10);
    bar.finish(1);
    // 1.5 of 4 after 10 s; then 2.5 of 4 after 20 s, so 1.5 more take 12 s
    expect(written).toEqual(["37 %, 0 of 2 networks, about 17 s left\n", "62 %, 1 of 2 networks, about 12 s left\n"]);
  });

  test("what was found done says nothing about the pace of the rest", () => {
    const { bar, written, pass } = watched(false, [5, 5]);
    bar.finish(0, true);
    pass(10);
    bar.update(1, 0.5);
    expect(written).toEqual(["75 %, 1 of 2 networks, about 10 s left\n"]);
  });

  test("on a terminal one line is redrawn, at most ten times a second, and removed at the end", () => {
    const { bar, written, pass } = watched(true, [1]);
    bar.update(0, 0.25, "first");
    bar.update(0, 0.26, "too soon");
    pass(0.2);
    bar.update(0, 0.5, "second");
    bar.end();
    expect(written).toEqual([
      "\r\x1b[K[######..................] 25 %, 0 of 1 networks  first",
      "\r\x1b[K[############............] 50 %, 0 of 1 networks  second",
      "\r\x1b[K",
    ]);
  });

  test("a terminal of 30 columns gets 29 characters, so that no line wraps", () => {
    const written: string[] = [];
    const stream = { isTTY: true, columns: 30, write: (text: string) => written.push(text) };
    progress({ stream, unit: "networks", weights: [1], now: () => 0 }).update(0, 0.5, "a long label");
    expect(written[0].replace("\r\x1b[K", "")).toHaveLength(29);
  });

  test("quiet says nothing at all", () => {
    const { bar, written, pass } = watched(true, [1], true);
    bar.update(0, 0.5);
    pass(60);
    bar.finish(0);
    bar.end();
    expect(written).toEqual([]);
  });
});

describe("values of options", () => {
  test("intensities: a list, or from:to:step with both ends", () => {
    expect(intensityList("0,0.25,1e-1")).toEqual([0, 0.25, 0.1]);
    expect(intensityList("0:0.3:0.1")).toEqual([0, 0.1, 0.2, 0.3]);
    expect(intensityList("0:1:0.4")).toEqual([0, 0.4, 0.8]);
    for (const wrong of ["", "a", "0,,1", "-1", "0:1:0", "1:0:0.1", "0:1", "inf"]) {
      expect(() => intensityList(wrong), wrong).toThrow("Intensities are numbers >= 0");
    }
  });

  test("whole numbers only, within their range", () => {
    expect(wholeNumber(1, 9)("7")).toBe(7);
    for (const wrong of ["0", "10", "-1", "2.5", "1e0", "", "seven"])
      expect(() => wholeNumber(1, 9)(wrong), wrong).toThrow("in 1..9");
  });

  test("name=value reads values as YAML, keeps = in them and later ones win", () => {
    const read = ["a=1", "b=true", "c=null", "d=[0, 1]", "e=x=y", "a=2"].reduce<Record<string, unknown>>(
      (before, text) => assignments(text, before),
      {},
    );
    expect(read).toEqual({ a: 2, b: true, c: null, d: [0, 1], e: "x=y" });
    expect(() => assignments("=1")).toThrow("name=value");
    expect(() => assignments("a=[")).toThrow("no YAML");
  });

  test("a dotted path changes one value and copies the rest", () => {
    const before = { a: { b: 1, c: 2 }, d: 3 };
    expect(withValue(before, "a.b", 9)).toEqual({ a: { b: 9, c: 2 }, d: 3 });
    expect(withValue(before, "x.y.z", 1)).toEqual({ ...before, x: { y: { z: 1 } } });
    expect(withValue({ a: "text" }, "a.b", 1)).toEqual({ a: { b: 1 } });
    expect(before).toEqual({ a: { b: 1, c: 2 }, d: 3 });
  });
});

describe("words", () => {
  test("columns are as wide as their widest cell and lines of their own do not count", () => {
    const table = textTable(
      [{ title: "name" }, { title: "n", align: "right" }],
      [["a", "1"], "a line of its own", ["bcdef", "23"]],
    );
    expect(table.split("\n")).toEqual(["name    n", "---------", "a       1", "a line of its own", "bcdef  23"]);
  });

  test("durations read as people say them, sizes have three digits", () => {
    expect([0.04, 3.46, 9.6, 99.4, 105, 120, 599.8, 5999, 8100].map(durationText)).toEqual([
      "0 s",
      "3.5 s",
      "10 s",
      "99 s",
      "1 min 45 s",
      "2 min",
      "10 min",
      "1 h 40 min",
      "2 h 15 min",
    ]);
    expect([0, 999, 1500, 47_040_016, 2.5e9].map(sizeText)).toEqual(["0 B", "999 B", "1.50 kB", "47.0 MB", "2.50 GB"]);
  });
});
