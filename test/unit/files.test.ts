import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ParameterError } from "../../src/core/errors.ts";
import {
  checkWritableFolder,
  contentOf,
  removeAbandonedFiles,
  writeFileAtomic,
} from "../../src/platform/node/files.ts";

const root = mkdtempSync(join(tmpdir(), "noisy-rnn-files-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
/** A fresh folder. */
function folder(): string {
  const path = join(root, String(count++));
  mkdirSync(path);
  return path;
}

describe("writeFileAtomic", () => {
  test("writes bytes and text, makes folders on the way and leaves nothing beside the file", async () => {
    const place = folder();
    await writeFileAtomic(join(place, "a", "b", "bytes"), Uint8Array.of(0, 255));
    await writeFileAtomic(join(place, "a", "b", "text"), "é");
    expect(readdirSync(join(place, "a", "b"))).toEqual(["bytes", "text"]);
    expect([...readFileSync(join(place, "a", "b", "bytes"))]).toEqual([0, 255]);
    expect(readFileSync(join(place, "a", "b", "text"), "utf8")).toBe("é");
  });

  test("twenty writers of one file at once leave the whole content of one of them", async () => {
    const place = folder();
    const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(100_000));
    await Promise.all(contents.map((content) => writeFileAtomic(join(place, "file"), content)));
    expect(readdirSync(place)).toEqual(["file"]);
    expect(contents).toContain(readFileSync(join(place, "file"), "utf8"));
  });

  test("a write that fails keeps the old content, removes its own part and says why", async () => {
    const place = folder();
    mkdirSync(join(place, "taken", "inner"), { recursive: true });
    await expect(writeFileAtomic(join(place, "taken"), "x")).rejects.toThrow();
    writeFileSync(join(place, "file"), "old");
    await expect(writeFileAtomic(join(place, "file", "below"), "x")).rejects.toThrow(ParameterError);
    expect(readdirSync(place).sort()).toEqual(["file", "taken"]);
    expect(readFileSync(join(place, "file"), "utf8")).toBe("old");
  });
});

describe("what a killed process leaves", () => {
  test("is no content; after ten minutes it is removed, before it may belong to a process at work", async () => {
    const place = folder();
    for (const name of ["whole", ".partial-whole-1", ".partial-whole-2"]) writeFileSync(join(place, name), "x");
    const elevenMinutesAgo = Date.now() / 1000 - 11 * 60;
    utimesSync(join(place, ".partial-whole-1"), elevenMinutesAgo, elevenMinutesAgo);
    utimesSync(join(place, "whole"), elevenMinutesAgo, elevenMinutesAgo);
    expect(await contentOf(place)).toEqual(["whole"]);
    await removeAbandonedFiles(place);
    expect(readdirSync(place).sort()).toEqual([".partial-whole-2", "whole"]);
  });

  test("a folder that is not there has no content", async () => {
    expect(await contentOf(join(root, "none"))).toEqual([]);
    await removeAbandonedFiles(join(root, "none"));
  });
});

describe("checkWritableFolder", () => {
  test("makes the folder and leaves it empty", async () => {
    const place = join(folder(), "new", "folder");
    await checkWritableFolder("--out", place);
    expect(readdirSync(place)).toEqual([]);
  });

  test("names the option, the whole path and the reason", async () => {
    const place = folder();
    writeFileSync(join(place, "file"), "");
    await expect(checkWritableFolder("--out", join(place, "file"))).rejects.toThrow(
      `--out: must be a place that can be written, got ${join(place, "file")} (a file of that name is in the way)`,
    );
    await expect(checkWritableFolder("--out", join(place, "file", "below"))).rejects.toThrow(
      "a part of the path is a file",
    );
  });
});
