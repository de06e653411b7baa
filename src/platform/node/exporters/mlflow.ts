/** Runs on an MLflow server, through its REST interface. */
import { ParameterError } from "../../../core/errors.ts";
import { type MlflowRun, mlflowBatchesTag, mlflowRun } from "../../../study/export/mlflow.ts";
import type { Exporter } from "./contract.ts";
import { type MlflowClient, type MlflowContent, mlflowClient } from "./mlflow-client.ts";

const firstPause = 500;

export const mlflow: Exporter = {
  name: "mlflow",
  summary: "runs on an MLflow server: parameters, metrics, outcome",
  options: {
    to: { value: "address", meaning: "MLflow server, such as http://localhost:5000" },
    experiment: { value: "name", meaning: "experiment of the server; made when there is none" },
  },
  async open({ to, experiment }, signal) {
    const {
      MLFLOW_TRACKING_TOKEN: token,
      MLFLOW_TRACKING_USERNAME: username,
      MLFLOW_TRACKING_PASSWORD: password,
    } = process.env;
    const client = mlflowClient({ server: to, credentials: { token, username, password }, signal, firstPause });
    const experimentId = await experimentOf(client, experiment);
    return { write: (run) => writeRun(client, experimentId, mlflowRun(run)) };
  },
};

async function experimentOf(client: MlflowClient, name: string): Promise<string> {
  const known = await client.callUnless("RESOURCE_DOES_NOT_EXIST", {
    method: "GET",
    path: "experiments/get-by-name",
    content: { experiment_name: name },
  });
  if (known === undefined) {
    const made = await client.callUnless("RESOURCE_ALREADY_EXISTS", {
      method: "POST",
      path: "experiments/create",
      content: { name },
    });
    // Somebody else may have made it since, or an answer was lost.
    return made === undefined ? experimentOf(client, name) : String(made.experiment_id);
  }
  const { experiment_id, lifecycle_stage } = known.experiment as MlflowContent;
  if (lifecycle_stage === "deleted") {
    throw new ParameterError({
      place: "--experiment",
      rule: `must not be one that was deleted, got "${name}"`,
      remedy: `restore it (mlflow experiments restore --experiment-id ${experiment_id}), or choose another name`,
    });
  }
  return String(experiment_id);
}

/** A run on the server. */
interface FoundRun {
  readonly id: string;
  /** Batches that it holds in full. */
  readonly batches: number;
  readonly isComplete: boolean;
}

async function writeRun(client: MlflowClient, experimentId: string, run: MlflowRun): Promise<"written" | "present"> {
  const known = (await foundRun(client, experimentId, run)) ?? (await createdRun(client, experimentId, run));
  if (known.isComplete) return "present";
  const { id } = known;
  for (const [i, { metrics, params }] of run.batches.entries()) {
    if (i < known.batches) continue;
    // In the same request, so that the count is never ahead of what it counts.
    const tags = [{ key: mlflowBatchesTag, value: String(i + 1) }];
    await client.call({ method: "POST", path: "runs/log-batch", content: { run_id: id, metrics, params, tags } });
  }
  const { status, endTime } = run;
  await client.call({ method: "POST", path: "runs/update", content: { run_id: id, status, end_time: endTime } });
  return "written";
}

async function createdRun(client: MlflowClient, experimentId: string, run: MlflowRun): Promise<FoundRun> {
  const { name, startTime, tags } = run;
  const { run: made } = await client.call({
    method: "POST",
    path: "runs/create",
    content: { experiment_id: experimentId, run_name: name, start_time: startTime, tags },
    recover: async () => {
      const found = await searched(client, experimentId, run);
      return found && { run: found };
    },
  });
  return decoded(made as MlflowContent);
}

async function foundRun(client: MlflowClient, experimentId: string, run: MlflowRun): Promise<FoundRun | undefined> {
  const found = await searched(client, experimentId, run);
  return found && decoded(found);
}

/** Runs that somebody deleted on the server are not found, and so made again. */
async function searched(
  client: MlflowClient,
  experimentId: string,
  { identity }: MlflowRun,
): Promise<MlflowContent | undefined> {
  const { runs } = await client.call({
    method: "POST",
    path: "runs/search",
    content: {
      experiment_ids: [experimentId],
      filter: identity.map(({ key, value }) => `tags."${key}" = '${value}'`).join(" AND "),
      run_view_type: "ACTIVE_ONLY",
      max_results: 1,
    },
  });
  // A list without elements may be left out of the answer.
  return (runs as readonly MlflowContent[] | undefined)?.[0];
}

function decoded(run: MlflowContent): FoundRun {
  const info = run.info as { readonly run_id: string; readonly status: string };
  const { tags = [] } = (run.data ?? {}) as { readonly tags?: readonly { key: string; value: string }[] };
  const batches = Number(tags.find(({ key }) => key === mlflowBatchesTag)?.value ?? 0);
  return { id: info.run_id, batches, isComplete: info.status !== "RUNNING" && info.status !== "SCHEDULED" };
}
