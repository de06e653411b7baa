/**
 * A server with the part of MLflow's REST interface that an export uses, as strict as the published rules: unknown fields,
 * wrong types, names, lengths and counts are refused, parameters cannot change, metrics are appended.
 *
 * Source: mlflow.org, "REST API" 2.0; mlflow/protos/service.proto; mlflow/utils/validation.py.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ServedRun {
  readonly id: string;
  readonly experiment: string;
  readonly name: string;
  readonly startTime: number;
  status: string;
  endTime: number | undefined;
  readonly tags: Map<string, string>;
  readonly params: Map<string, string>;
  readonly metrics: {
    readonly key: string;
    readonly value: unknown;
    readonly timestamp: number;
    readonly step: number;
  }[];
}

/** What befalls a request. */
export type Fault =
  | { readonly kind: "answer"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The connection breaks: before the request is carried out, or when it has been. */
  | { readonly kind: "break"; readonly isCarriedOut: boolean };

export interface MlflowServer {
  readonly address: string;
  readonly experiments: Map<string, { readonly id: string; stage: "active" | "deleted" }>;
  readonly runs: ServedRun[];
  /** "POST runs/create", in order of arrival. */
  readonly requests: string[];
  /** Called for each request; `count` says how many of this name came before. */
  fault: (request: string, count: number) => Fault | undefined;
  /** Value of the header "authorization" that is accepted; undefined: any. */
  authorization: string | undefined;
  close(): Promise<void>;
}

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

type Fields = Readonly<Record<string, (value: unknown) => boolean>>;
type Body = Readonly<Record<string, unknown>>;

const text = (value: unknown): value is string => typeof value === "string";
const integer = (value: unknown): value is number => Number.isSafeInteger(value);
const list = (fields: Fields) => (value: unknown) =>
  Array.isArray(value) && value.every((item) => check(item as Body, fields) === undefined);
const double = (value: unknown): boolean =>
  (typeof value === "number" && Number.isFinite(value)) || ["NaN", "Infinity", "-Infinity"].includes(String(value));

const pair = { key: text, value: text };
const metric = { key: text, value: double, timestamp: integer, step: integer };

/** Why an object does not have exactly these fields. */
function check(body: Body, fields: Fields): string | undefined {
  for (const key of Object.keys(body)) if (fields[key] === undefined) return `unknown field ${key}`;
  for (const [key, isRight] of Object.entries(fields)) if (!isRight(body[key])) return `wrong or missing ${key}`;
  return undefined;
}

function need(isTrue: boolean, message: string): void {
  if (!isTrue) throw new Refusal("INVALID_PARAMETER_VALUE", message);
}

const keyRule = /^[/\w.\- ]*$/;
/** Keys may become paths of files. */
function checkKey(key: string): void {
  const parts = key.split("/");
  need(keyRule.test(key) && key.length <= 250 && key !== "", `invalid name ${key}`);
  need(!parts.some((part) => ["", ".", ".."].includes(part)), `name ${key} resolves to another`);
}

function checkPairs(pairs: readonly { readonly key: string; readonly value: string }[], longest: number): void {
  for (const { key, value } of pairs) {
    checkKey(key);
    need(value.length <= longest, `value of ${key} has ${value.length} characters`);
  }
}

export async function mlflowServer(): Promise<MlflowServer> {
  const experiments: MlflowServer["experiments"] = new Map();
  const runs: ServedRun[] = [];
  const requests: string[] = [];
  const runOf = (id: unknown): ServedRun => {
    const run = runs.find((candidate) => candidate.id === id);
    if (run === undefined) throw new Refusal("RESOURCE_DOES_NOT_EXIST", `Run '${id}' not found`, 404);
    return run;
  };
  const shown = (run: ServedRun) => ({
    info: { run_id: run.id, run_name: run.name, status: run.status, start_time: run.startTime, end_time: run.endTime },
    data: { tags: [...run.tags].map(([key, value]) => ({ key, value })) },
  });

  const endpoints: Readonly<Record<string, { readonly fields: Fields; serve(body: Body): unknown }>> = {
    "GET experiments/get-by-name": {
      fields: { experiment_name: text },
      serve({ experiment_name: name }) {
        const found = experiments.get(name as string);
        if (found === undefined) throw new Refusal("RESOURCE_DOES_NOT_EXIST", `no experiment ${name}`, 404);
        return { experiment: { experiment_id: found.id, name, lifecycle_stage: found.stage } };
      },
    },
    "POST experiments/create": {
      fields: { name: (name) => text(name) && name !== "" && name.length <= 500 },
      serve({ name }) {
        if (experiments.has(name as string)) throw new Refusal("RESOURCE_ALREADY_EXISTS", `${name} exists`);
        const id = String(experiments.size + 1);
        experiments.set(name as string, { id, stage: "active" });
        return { experiment_id: id };
      },
    },
    "POST runs/create": {
      fields: { experiment_id: text, run_name: text, start_time: integer, tags: list(pair) },
      serve({ experiment_id, run_name, start_time, tags }) {
        const known = [...experiments.values()].some(({ id }) => id === experiment_id);
        need(known, `no experiment ${experiment_id}`);
        const pairs = tags as { key: string; value: string }[];
        checkPairs(pairs, 5000);
        runs.push({
          id: `run-${runs.length + 1}`,
          experiment: experiment_id as string,
          name: run_name as string,
          startTime: start_time as number,
          status: "RUNNING",
          endTime: undefined,
          tags: new Map(pairs.map(({ key, value }) => [key, value])),
          params: new Map(),
          metrics: [],
        });
        return { run: shown(runs[runs.length - 1]) };
      },
    },
    "POST runs/search": {
      fields: {
        experiment_ids: (ids) => Array.isArray(ids) && ids.every(text),
        filter: text,
        run_view_type: (type) => type === "ACTIVE_ONLY",
        max_results: integer,
      },
      serve({ experiment_ids, filter, max_results }) {
        const clauses = (filter as string).split(" AND ").map((clause) => {
          const match = /^tags\."([^"]+)" = '([^']*)'$/.exec(clause);
          need(match !== null, `invalid filter ${clause}`);
          return [match![1], match![2]];
        });
        const found = runs.filter(
          ({ experiment, tags }) =>
            (experiment_ids as string[]).includes(experiment) &&
            clauses.every(([key, value]) => tags.get(key) === value),
        );
        // As protocol buffers have it: an empty list is left out.
        return found.length === 0 ? {} : { runs: found.slice(0, max_results as number).map(shown) };
      },
    },
    "POST runs/log-batch": {
      fields: { run_id: text, metrics: list(metric), params: list(pair), tags: list(pair) },
      serve(body) {
        const run = runOf(body.run_id);
        const { metrics, params, tags } = body as unknown as {
          readonly metrics: ServedRun["metrics"];
          readonly params: { key: string; value: string }[];
          readonly tags: { key: string; value: string }[];
        };
        need(metrics.length <= 1000 && params.length <= 100 && tags.length <= 100, "too many in a batch");
        need(metrics.length + params.length + tags.length <= 1000, "more than 1000 entities in a batch");
        checkPairs(params, 500);
        checkPairs(tags, 5000);
        need(new Set(params.map(({ key }) => key)).size === params.length, "duplicate parameter keys");
        for (const { key } of metrics) checkKey(key);
        for (const { key, value } of params) {
          need((run.params.get(key) ?? value) === value, `parameter ${key} cannot be changed`);
          run.params.set(key, value);
        }
        run.metrics.push(...metrics);
        for (const { key, value } of tags) run.tags.set(key, value);
        return {};
      },
    },
    "POST runs/update": {
      fields: {
        run_id: text,
        status: (status) => ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"].includes(status as string),
        end_time: integer,
      },
      serve({ run_id, status, end_time }) {
        const run = runOf(run_id);
        run.status = status as string;
        run.endTime = end_time as number;
        return { run_info: shown(run).info };
      },
    },
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url!, "http://localhost");
    const name = `${request.method} ${url.pathname.replace("/api/2.0/mlflow/", "")}`;
    const count = requests.filter((known) => known === name).length;
    requests.push(name);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const send = (status: number, content: unknown, headers: Readonly<Record<string, string>> = {}) =>
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(content));

    const fault = server.fault(name, count);
    if (fault?.kind === "answer") {
      send(fault.status, { error_code: "TEMPORARILY_UNAVAILABLE", message: "later" }, fault.headers);
      return;
    }
    if (fault?.kind === "break" && !fault.isCarriedOut) {
      request.socket.destroy();
      return;
    }
    try {
      if (server.authorization !== undefined && request.headers.authorization !== server.authorization) {
        throw new Refusal("UNAUTHENTICATED", "who are you?", 401);
      }
      const endpoint = endpoints[name];
      if (endpoint === undefined) throw new Refusal("ENDPOINT_NOT_FOUND", `no endpoint ${name}`, 404);
      need(body.length <= 1e6, `a request has at most 1 MB, got ${body.length} bytes`);
      const content: Body =
        request.method === "GET" ? Object.fromEntries(url.searchParams) : JSON.parse(body.toString());
      const issue = check(content, endpoint.fields);
      need(issue === undefined, `${name}: ${issue}`);
      const served = endpoint.serve(content);
      if (fault?.kind === "break") request.socket.destroy();
      else send(200, served);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      send(error.status, { error_code: error.code, message: error.message });
    }
  };

  const http = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const server: MlflowServer = {
    address: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    experiments,
    runs,
    requests,
    fault: () => undefined,
    authorization: undefined,
    close: () =>
      new Promise((resolve) => {
        http.closeAllConnections();
        http.close(() => resolve());
      }),
  };
  return server;
}
