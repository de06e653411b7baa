/** The results of a store, open for questions in SQL and for analyses. */
import { rm } from "node:fs/promises";
import { studentQuantile } from "../../../analysis/statistics/sample.ts";
import { FormatError, InternalError, ParameterError } from "../../../core/errors.ts";
import type { ResultTable } from "../../../io/result-table.ts";
import { analysisTable, requestMetrics } from "../../../study/analyses/request.ts";
import { type FindingsRequest, findingsRuns } from "../../../study/figures/findings-request.ts";
import { repeatName } from "../../../study/metrics.ts";
import {
  columnOf,
  conditionColumns,
  groupingColumns,
  type MeaningfulColumn,
  measurementColumns,
  runColumns,
} from "../../../study/results/columns.ts";
import type { PlannedRuns } from "../../../study/results/conditions.ts";
import { type Measurement, type RunRow, withCondition } from "../../../study/results/rows.ts";
import type { StudyFindings, StudyResults } from "../../../study/results/study-results.ts";
import type { AxisValue } from "../../../study/study.ts";
import { inParallel } from "../in-parallel.ts";
import { type Database, identifier, literal, openDatabase } from "./duckdb.ts";
import { type IndexedStore, type IndexOptions, insertMask, maskedRows, storeIndex } from "./store-index.ts";
import { mostSeeds, type View, viewDefinitions, views } from "./views.ts";

export interface ResultsOptions extends IndexOptions {
  /** Only the runs of this study, in its order; default: all runs of the store. */
  readonly study?: PlannedRuns | undefined;
  /** Studies whose axes are columns besides. Where several have an axis of one name, the first that has the run tells. */
  readonly others?: readonly PlannedRuns[];
}

export interface Results {
  /** What may be asked for. */
  readonly views: readonly View[];
  /** Columns by which runs can be grouped. */
  readonly columns: readonly string[];
  /** Of runs that could not be read. Sentences. */
  readonly warnings: readonly string[];
  /** Runs a question. @throws ParameterError for several at once, and what DuckDB complains of */
  query(sql: string): Promise<ResultTable>;
  /**
   * Rows for analyses, with the measurements of the metrics that are named; single noise draws come of networks that are alone
   * in their condition only, since they are many and nothing is made of the others. Findings are read from the files of the
   * runs that the requests are about.
   */
  results(metrics: readonly string[], findings?: readonly FindingsRequest[]): Promise<StudyResults>;
  close(): Promise<void>;
}

/**
 * Opens the results of a store; what its runs measured since the last time is added to the index.
 *
 * @throws CapabilityError where there is no DuckDB
 */
export async function openResults(store: IndexedStore, options: ResultsOptions = {}): Promise<Results> {
  const { study, others = [] } = options;
  const database = await openDatabase();
  const index = await storeIndex(store, database, options);
  await database.query("create schema store");
  await insertMask(database, "store.mask", index.segments, index.masked);
  for (const [name, columns] of emptyTables) await database.insert(name, columns, []);
  const from = (part: "runs" | "metrics"): string => {
    if (index.segments.length === 0) return `store.no_${part}`;
    return maskedRows(index.segments, part, "store.mask", index.masked.length > 0);
  };
  const planned = study === undefined ? others : [study, ...others];
  const axes = axisColumns(planned);
  const conditions = conditionsOf(planned);
  await insertRuns(database, from("runs"), { axes, conditions, study });
  await insertStudent(database);
  for (const definition of viewDefinitions(axes.filter(isOwn), {
    measurements: from("metrics"),
    specs: from("runs"),
  })) {
    await database.query(definition);
  }

  const known = views(axes.filter(isOwn));
  const results: Results["results"] = async (metrics, findings = []) => {
    const table = await database.query(`select * exclude (_key, _place) from store.run order by _place`);
    const runs = rowsOf(table).map((row) => withCondition(row as RunRow, conditions.get(String(row.id)) ?? {}));
    const found = new Set(runs.map(({ id }) => id));
    return {
      axes: axes.map(({ name }) => name),
      columns: groupingColumns(axes),
      runs,
      open: study?.runs.map(({ id }) => id).filter((id) => !found.has(id)) ?? [],
      measurements: await measured(database, runs, from("metrics"), metrics),
      ...(findings.length > 0 && { findings: await storedFindings(store, runs, findings) }),
    };
  };

  let hasPreference = false;
  return {
    views: known,
    columns: groupingColumns(axes),
    warnings: index.damaged.map(({ message }) => `left out: ${message}`),
    query: async (sql) => {
      // It takes seconds for many conditions, so it is made for those who ask.
      if (!hasPreference && /\bpreference\b/i.test(sql)) {
        await insertPreference(database, known, results);
        hasPreference = true;
      }
      await checkOneQuestion(database, sql);
      return database.query(sql);
    },
    results,
    close: async () => {
      database.close();
      if (index.temporary !== undefined) await rm(index.temporary, { recursive: true, force: true });
    },
  };
}

/** Of several, all but one answer would be lost. */
async function checkOneQuestion(database: Database, sql: string): Promise<void> {
  // What cannot be read is answered with its place when it is run.
  const count = await database.statementCount(sql).catch(() => 1);
  if (count <= 1) return;
  throw new ParameterError({
    place: "query",
    rule: `must be one question, got ${count}, divided by semicolons`,
    remedy: "ask them one by one, or make one of them with union all or with",
  });
}

const key = { name: "_key", type: "double" } as const;
const emptyTables = [
  ["store.no_runs", [key, ...runColumns, { name: "spec", type: "string" }]],
  ["store.no_metrics", [key, ...measurementColumns]],
] as const;

/** Axes whose column is not one that every run has. */
function isOwn({ name }: MeaningfulColumn): boolean {
  return !runColumns.some((column) => column.name === name);
}

function axisColumns(planned: readonly PlannedRuns[]): readonly MeaningfulColumn[] {
  const names = [...new Set(planned.flatMap(({ study }) => study.axes.map(({ name }) => name)))];
  return names.map((name) => {
    const values = planned.flatMap(({ runs }) => runs.map(({ condition }) => condition[name] ?? null));
    const known = runColumns.find((column) => column.name === name);
    // An axis that never applies has no type of its own.
    const isEmpty = values.every((value) => value === null);
    return { ...(isEmpty && known ? known : columnOf(name, values, "axis of a study")), nullable: true };
  });
}

function conditionsOf(planned: readonly PlannedRuns[]): Map<string, Record<string, AxisValue>> {
  const conditions = new Map<string, Record<string, AxisValue>>();
  for (const { runs } of planned) {
    for (const { id, condition } of runs) {
      const known = conditions.get(id);
      if (known === undefined) conditions.set(id, { ...condition });
      else for (const [name, value] of Object.entries(condition)) known[name] ??= value;
    }
  }
  return conditions;
}

/** The table of runs, each with its place in the order of the plan, or else of what it is. */
async function insertRuns(
  database: Database,
  from: string,
  {
    axes,
    conditions,
    study,
  }: {
    readonly axes: readonly MeaningfulColumn[];
    readonly conditions: ReadonlyMap<string, Readonly<Record<string, AxisValue>>>;
    readonly study: PlannedRuns | undefined;
  },
): Promise<void> {
  const rank = new Map(study?.runs.map(({ id }, index) => [id, index]));
  await database.insert(
    "store.condition",
    [{ name: "runId", type: "string" }, { name: "rank", type: "int32", nullable: true }, ...axes.map(asAxis)],
    (function* () {
      for (const [id, condition] of conditions) {
        const values = Object.entries(condition).map(([name, value]) => [axisPrefix + name, value]);
        yield { runId: id, rank: rank.get(id) ?? null, ...Object.fromEntries(values) };
      }
    })(),
  );
  const values = (name: string): string => {
    const own = `r.${identifier(name)}`;
    const axis = axes.find((column) => column.name === name);
    if (axis === undefined) return own;
    const given = `c.${identifier(axisPrefix + name)}`;
    // Labels may be texts where runs have numbers.
    const fallback = axis.type === "string" ? `${own}::varchar` : own;
    return `${isOwn(axis) ? given : `coalesce(${given}, ${fallback})`} as ${identifier(name)}`;
  };
  const columns = [...runColumns, ...axes.filter(isOwn)].map(({ name }) => values(name));
  const order = [
    ...conditionColumns.map((name) => `r.${identifier(name)}`),
    ...axes.map(({ name }) => `c.${identifier(axisPrefix + name)}`),
    "r.condition",
    "r.seed",
  ];
  await database.query(`create table store.run as
    select r._key, (row_number() over (order by ${["c.rank", ...order].join(", ")}) - 1)::integer as _place,
      ${columns.join(", ")}
    from ${from} r left join store.condition c on r.id = c."runId"
    ${study === undefined ? "" : "where c.rank is not null"}
    order by _place`);
  await database.query("drop table store.condition");
  const [{ runs, keys }] = rowsOf(
    await database.query("select count(*) as runs, count(distinct _key) as keys from store.run"),
  );
  if (runs !== keys) throw new InternalError("index", `two of ${runs} runs share the first 60 bits of their identity`);
}

const axisPrefix = "axis ";

function asAxis(axis: MeaningfulColumn): MeaningfulColumn {
  return { ...axis, name: axisPrefix + axis.name };
}

/** Quantiles of Student's law by the number of seeds, for intervals in SQL. */
async function insertStudent(database: Database): Promise<void> {
  const table = await database.query(
    `select least(max(n), ${mostSeeds}) as most from (select count(*) as n from store.run group by condition)`,
  );
  const most = Number(table.columns[0].values[0] ?? 0);
  const rows = Array.from({ length: Math.max(0, most - 1) }, (_, i) => ({
    n: i + 2,
    quantile: studentQuantile(i + 1, 0.95),
  }));
  await database.insert(
    "store.student",
    [
      { name: "n", type: "int32" },
      { name: "quantile", type: "double" },
    ],
    rows,
  );
}

async function insertPreference(
  database: Database,
  known: readonly View[],
  results: Results["results"],
): Promise<void> {
  const request = { name: "preference", options: {} };
  const { rows } = analysisTable(request, await results(requestMetrics(request)));
  const columns = known.find(({ name }) => name === "preference")?.columns ?? [];
  await database.insert("preference", columns, rows);
}

/** Networks that are the only one of their condition. */
const alone = `"condition" in (select "condition" from store.run group by "condition" having count(*) = 1)`;

/** By metric in the order that is given, and by run. */
async function measured(
  database: Database,
  runs: readonly RunRow[],
  from: string,
  metrics: readonly string[],
): Promise<Measurement[]> {
  const found: Measurement[] = [];
  for (const metric of new Set(metrics)) {
    const sql = `select r._place, m."testIntensity", m."update", m."repeat", m.part, m.value
      from ${from} m join store.run r using (_key) where m.metric = ${literal(metric)}${metric === repeatName ? ` and r.${alone}` : ""} order by all`;
    await database.visit(sql, ([places, intensities, updates, repeats, parts, values], rowCount) => {
      for (let row = 0; row < rowCount; row++) {
        found.push({
          run: runs[places[row] as number],
          metric,
          testIntensity: intensities[row] as number | null,
          update: updates[row] as number | null,
          repeat: repeats[row] as number | null,
          part: parts[row] as string | null,
          value: values[row] as number,
        });
      }
    });
  }
  return found;
}

/** Runs whose files are read at the same time. */
const readersAtOnce = 8;

async function storedFindings(
  store: IndexedStore,
  runs: readonly RunRow[],
  requests: readonly FindingsRequest[],
): Promise<StudyFindings> {
  const wanted = [...new Set(requests.flatMap((request) => findingsRuns(runs, request)))];
  const analyses = new Set(requests.flatMap((request) => request.analyses));
  const warnings: string[] = [];
  const found = await inParallel(wanted, readersAtOnce, async (run) => {
    try {
      const stored = await store.read(run.id, "findings");
      const kept = stored?.findings.filter(({ analysis }) => analyses.has(analysis)) ?? [];
      return kept.map((findings) => ({ run, findings }));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      warnings.push(`left out: ${error.message}`);
      return [];
    }
  });
  return { found: found.flat(), warnings };
}

function rowsOf({ rowCount, columns }: ResultTable): Record<string, AxisValue>[] {
  return Array.from({ length: rowCount }, (_, row) =>
    Object.fromEntries(columns.map(({ name, values }) => [name, values[row]])),
  );
}
