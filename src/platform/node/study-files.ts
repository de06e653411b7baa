/** Study files: read with what they extend and with changes from the command line. */
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { NoisyRnnError, SpecError, type SpecIssue } from "../../core/errors.ts";
import { nearestName } from "../../core/registry.ts";
import type { Study, StudyPlan } from "../../study/study.ts";
import { studyOf } from "../../study/study-file/document.ts";
import { extendedDocument } from "../../study/study-file/merge.ts";
import { overridden } from "../../study/study-file/overrides.ts";
import { type PlanCall, planDocument } from "../../study/study-file/plan.ts";
import { packageFolder } from "./folders.ts";
import { decodeFrozenStudy } from "./frozen-study.ts";
import { mappingFile } from "./mapping-file.ts";

type Document = Readonly<Record<string, unknown>>;

/** Studies that come with the package. */
const packageStudies = join(packageFolder, "studies");
const extension = ".yaml";

/** "first-study", and "noise-preference/maze" for those in a folder. */
async function packageStudyNames(): Promise<readonly string[]> {
  const files = await readdir(packageStudies, { recursive: true });
  return files
    .filter((file) => file.endsWith(extension))
    .map((file) => file.slice(0, -extension.length).split(sep).join("/"))
    .sort();
}

/** The studies that come with the package, with what they ask. */
export async function packageStudyList(): Promise<readonly { readonly name: string; readonly summary: string }[]> {
  const names = await packageStudyNames();
  return Promise.all(names.map(async (name) => ({ name, summary: (await readStudy(name, [])).question })));
}

/**
 * A study, with what it extends and changes worked in.
 *
 * @param file YAML, JSON or TOML; the folder of a frozen study; or the name of a study of the package
 * @param overrides "path=value" each
 * @throws ParameterError when a file cannot be read
 * @throws SpecError with every issue that can be seen without the data of tasks; `readPlan` sees all
 */
export async function readStudy(file: string, overrides: readonly string[]): Promise<Study> {
  const read = await readDocument(file, overrides);
  const { document } = read;
  return withIssues(file, read, async () => studyOf(document, file));
}

/**
 * The plan of a study file, as `readStudy` and `planStudy` make it, with all their issues together.
 *
 * @throws as they do
 */
export async function readPlan(
  file: string,
  overrides: readonly string[],
  call: Omit<PlanCall, "place">,
): Promise<StudyPlan> {
  const read = await readDocument(file, overrides);
  const { document } = read;
  return withIssues(file, read, () => planDocument(document, { ...call, place: file }));
}

/**
 * Folder against which the paths of the user's own files in a study are read, absolute: that of the study file, also where
 * a path comes from a file that it extends or from an override; of a frozen study the one it was begun with; of a study
 * of the package the current one.
 */
export async function filesFolder(file: string): Promise<string> {
  const path = studyPath(file, ".");
  if (await isFolder(path)) return (await decodeFrozenStudy(path)).base;
  const isPackaged = !relative(packageStudies, resolve(path)).startsWith("..");
  return resolve(isPackaged ? "." : dirname(path));
}

/** Issues that were found before, with those that what comes next may find. */
async function withIssues<Result>(
  place: string,
  { document, issues: before }: ReadDocument,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await work();
    if (before.length > 0) throw new SpecError(place, before);
    return result;
  } catch (error) {
    if (before.length === 0 || (error instanceof SpecError && error.issues === before)) throw error;
    // It would be that of the study which cannot be read.
    const lacksTask = document.task === undefined && before.some(({ path }) => path === "extends");
    const found = error instanceof SpecError ? error.issues : [];
    throw new SpecError(place, [...before, ...found.filter(({ path }) => path !== "task" || !lacksTask)]);
  }
}

interface ReadDocument {
  readonly document: Document;
  readonly issues: readonly SpecIssue[];
}

async function readDocument(file: string, overrides: readonly string[]): Promise<ReadDocument> {
  const issues: SpecIssue[] = [];
  const path = studyPath(file, ".");
  const content = await documentAt(path, [], issues);
  const named = { name: nameAfter(path), ...content };
  return { document: overridden(named, overrides, issues), issues };
}

/** "My_Study.yaml" is my-study. */
function nameAfter(path: string): string {
  const words = basename(resolve(path), extname(path)).normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return words.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "") || "study";
}

/** @param through files that led here by `extends`, the first being the study itself */
async function documentAt(path: string, through: readonly string[], issues: SpecIssue[]): Promise<Document> {
  const content = await contentAt(path);
  if (typeof content.extends !== "string") return content;
  const { extends: base, ...own } = content;
  const chain = [...through, path];
  const basePath = studyPath(content.extends, dirname(path));
  if (chain.some((each) => resolve(each) === resolve(basePath))) {
    const circle = [...chain, basePath].map((each) => basename(each)).join(" -> ");
    issues.push({ path: "extends", rule: `must not lead back to itself, got ${circle}`, remedy: "drop one of them" });
    return own;
  }
  try {
    const { name: _name, ...inherited } = await documentAt(basePath, chain, issues);
    return extendedDocument(inherited, own);
  } catch (error) {
    if (!(error instanceof NoisyRnnError) || error.name !== "ParameterError") throw error;
    const remedy = `name a file beside this one, or ${await packageStudyHelp(basePath)}`;
    issues.push({ path: "extends", rule: error.rule, remedy });
    return own;
  }
}

async function contentAt(path: string): Promise<Document> {
  if (await isFolder(path)) {
    return (await decodeFrozenStudy(path)).document;
  }
  return mappingFile({
    kind: "study",
    file: path,
    help: `or name ${await packageStudyHelp(path)}`,
    example: "task: function-approximation",
  });
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** What could be meant by a path at which there is no file. */
async function packageStudyHelp(path: string): Promise<string> {
  const names = await packageStudyNames();
  const nearest = nearestName(basename(path, extname(path)), names) ?? nearestName(path, names);
  const guess = nearest === undefined ? "" : `; did you mean "${nearest}"?`;
  return `a study of the package: ${names.join(", ")}${guess}`;
}

/** A word without dots, or two with a slash between, names a study of the package, unless there is a file of that name. */
function studyPath(written: string, folder: string): string {
  const path = isAbsolute(written) ? written : join(folder, written);
  const packaged = join(packageStudies, `${written}${extension}`);
  return /^[a-z0-9-]+(\/[a-z0-9-]+)?$/.test(written) && !existsSync(path) && existsSync(packaged) ? packaged : path;
}
