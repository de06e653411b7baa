/** `noisy-rnn reproduce`: a study per family of experiments, their runs, their pages, the claims. */
import { join } from "node:path";
import { CapabilityError } from "../../core/errors.ts";
import { countText, listText } from "../../figure/wording.ts";
import { checkWritableFolder } from "../../platform/node/files.ts";
import {
  type Extent,
  type Family,
  type FamilyResults,
  familiesOf,
  type ReproducedPaper,
  studyName,
} from "../../study/reproduction/contract.ts";
import { type ExitCode, exitCodes } from "../command.ts";
import { watchInterrupt } from "../interrupt.ts";
import { madeRuns } from "../made-runs.ts";
import { durationText, print, printJson, quoted, remark } from "../output.ts";
import { claimFolder, type Plan } from "../plan-folder.ts";
import { studyRuns } from "../run-files.ts";
import { type ReadyPlan, readyPlan } from "../studies.ts";
import type { ReproduceOptions, Reproduction } from "./contract.ts";
import { type MadeFamily, writeResult } from "./result.ts";

/**
 * @param table what is printed of all conditions, for people
 */
export function reproductionOf<Evidence extends FamilyResults>(
  paper: ReproducedPaper<Evidence>,
  table: (evidence: readonly Evidence[]) => string,
): Reproduction {
  return { name: paper.name, summary: paper.summary, perform: (options) => perform(paper, table, options) };
}

/** A mirror that is silent for this long, in milliseconds, does not hold up the rest. */
const stallTimeout = 5000;

interface ReadyFamily {
  readonly family: Family;
  readonly ready: ReadyPlan;
}

async function perform<Evidence extends FamilyResults>(
  paper: ReproducedPaper<Evidence>,
  table: (evidence: readonly Evidence[]) => string,
  options: ReproduceOptions,
): Promise<ExitCode> {
  const startedAt = performance.now();
  const isQuiet = options.quiet === true;
  await checkWritableFolder("--out", options.out);
  const { planned, notes } = await readyFamilies(paper, options);
  for (const note of notes) remark(note);
  const owned = ownedPlan(paper, options, planned);
  await claimFolder(options.out, owned, options.overwrite === true);

  const store = join(options.out, studyRuns);
  const { workers, keepOutdated = false } = options;
  const networks = owned.runs.length;
  const interrupt = watchInterrupt(
    "Stopping: networks at work are being saved. Ctrl-C once more stops at once, without saving.",
  );
  try {
    const made: MadeFamily[] = [];
    let complete = 0;
    for (const { family, ready } of planned) {
      const { plan, backend, software } = ready;
      const opening = `${family.title}: ${countText([plan.runs.length], "network")}, ${workers} at a time; back end ${backend} (${software.variant}).`;
      const result = await madeRuns({
        ready,
        store,
        workers,
        isQuiet,
        keepsOutdated: keepOutdated,
        signal: interrupt.signal,
        opening,
      });
      complete += result.complete;
      if (result.kind === "interrupted") {
        remark(
          `Interrupted: ${complete} of ${countText([networks], "network")} ${complete === 1 ? "is" : "are"} finished and kept in ${store}. Go on with:\n  ${owned.command}`,
        );
        return interrupt.exitCode() ?? exitCodes.failed;
      }
      made.push({ family, ready, ...result });
    }
    const written = await writeResult({ paper, table, options, made, owned, notes, startedAt });
    for (const failure of written.failures) remark(`failed: ${failure}`);
    if (options.json) printJson({ rows: written.rows, summary: written.summary, claims: written.claims });
    const say = options.json ? remark : print;
    say(`\n${written.table}\n`);
    say(`${join(options.out, "report.html")} has the claims, and a page for each family; beside it: ${written.files}.`);
    say(`${countText([networks], "network")}, ${durationText((performance.now() - startedAt) / 1000)}.`);
    return written.failures.length === 0 ? exitCodes.ok : exitCodes.failed;
  } finally {
    interrupt.release();
  }
}

/**
 * The plans of the families that were asked for, or of those whose data can be had.
 *
 * @throws CapabilityError when a family that was asked for by name lacks its data
 */
async function readyFamilies(
  paper: Pick<ReproducedPaper, "name" | "families">,
  options: ReproduceOptions,
): Promise<{ readonly planned: readonly ReadyFamily[]; readonly notes: readonly string[] }> {
  const { families } = paper;
  const extent = extentOf(options);
  for (const only of options.only) families.get(only);
  const isWanted = ({ name: family }: Family) => options.only.length === 0 || options.only.includes(family);
  const wanted = familiesOf(paper, extent).filter(isWanted);
  const missing = options.only.filter((only) => !wanted.some(({ name: family }) => family === only));
  const notes = missing.map((only) => `${families.get(only).title} takes long and is part of --full only.`);
  if (wanted.length === 0) {
    throw new CapabilityError({
      place: "--only",
      rule: `must name a family of the quick extent, got ${listText(missing)}`,
      remedy: "add --full",
    });
  }
  const overrides = options.seeds === undefined ? [] : [`seeds=${options.seeds}`];
  const planned: ReadyFamily[] = [];
  for (const family of wanted) {
    const isAsked = options.only.length > 0;
    try {
      const ready = await readyPlan(studyName(paper, family, extent), overrides, options.quiet === true, {
        stallTimeout,
        // what was asked for by its name is not left out
        ...(isAsked && { leaveOut: [] }),
      });
      planned.push({ family, ready });
    } catch (error) {
      if (isAsked || family.isOptional !== true || !(error instanceof CapabilityError)) throw error;
      notes.push(leftOutText(family));
    }
  }
  return { planned, notes };
}

function extentOf({ full }: ReproduceOptions): Extent {
  return full === true ? "full" : "quick";
}

function leftOutText({ title }: Family): string {
  return `${title}: left out, its data are not at hand and could not be fetched (noisy-rnn doctor says where they are looked for).`;
}

/** What the folder is claimed for. */
function ownedPlan(
  { name }: Pick<ReproducedPaper, "name">,
  options: ReproduceOptions,
  planned: readonly ReadyFamily[],
): Plan {
  const seeds = planned.map(({ ready }) => ready.plan.study.seeds.length);
  const names = planned.map(({ family }) => family.name);
  return {
    study: name,
    title: `${extentOf(options)}, ${countText(seeds, "seed")}, ${listText(names)}`,
    command: commandLine(name, options),
    runs: planned.flatMap(({ ready }) => ready.plan.runs),
  };
}

/** The command that makes the same result, or goes on with it. */
function commandLine(name: string, { full, seeds, only, out }: ReproduceOptions): string {
  const parts = [
    `npx noisy-rnn reproduce ${name}`,
    ...(full === true ? ["--full"] : []),
    ...(seeds === undefined ? [] : [`--seeds ${seeds}`]),
    ...only.map((family) => `--only ${family}`),
    `--out ${quoted(out)}`,
  ];
  return parts.join(" ");
}
