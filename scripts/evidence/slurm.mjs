/** One session on a real Slurm, with what happens to jobs on clusters, as it went. */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../tools/failure.mjs";
import { root } from "../tools/folders.mjs";
import { run } from "../tools/process.mjs";
import { pause, slurmCluster, slurmObstacle } from "../tools/slurm.mjs";

export const title = "A study of 60 runs on Slurm, against the same on worker threads";

export async function measure() {
  const obstacle = slurmObstacle();
  if (obstacle !== undefined) throw new Failure(`evidence slurm: ${obstacle}.`);
  const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-slurm-"));
  copyFileSync(join(root, "test", "slurm", "study.yaml"), join(folder, "study.yaml"));
  const cluster = await slurmCluster();
  const began = performance.now();
  /** @type {string[]} */
  const log = [];
  const env = { ...process.env, ...cluster.environment };
  const note = (/** @type {string} */ text) => {
    const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
    const shown = text
      .trimEnd()
      .replaceAll(folder, "/shared")
      .replaceAll(process.execPath, "node")
      .replaceAll(root, "noisy-rnn");
    for (const line of shown.split("\n")) log.push(`${seconds} s  ${line}`);
  };
  const command = async (/** @type {string[]} */ ...parameters) => {
    note(`$ noisy-rnn ${parameters.join(" ")}`);
    const options = { capture: true, cwd: folder, env };
    const main = join(root, "dist", "cli", "main.js");
    const { code, output } = await run(process.execPath, [main, ...parameters], options);
    note(`${output}${code === 0 ? "" : `exit code ${code}\n`}`);
  };
  const asked = async (/** @type {string} */ program, /** @type {string[]} */ ...parameters) => {
    note(`$ ${program} ${parameters.join(" ")}`);
    note((await cluster.run(program, ...parameters)) || "(no output)");
  };
  const tasks = () => cluster.run("squeue", "--noheader", "--array", "--format=%F_%K %T");
  const completeIds = (/** @type {string} */ store) => {
    const complete = join(folder, store, "complete");
    return existsSync(complete) ? readdirSync(complete).flatMap((shard) => readdirSync(join(complete, shard))) : [];
  };
  /** @param {() => boolean | Promise<boolean>} holds */
  const until = async (holds) => {
    while (!(await holds())) await pause(100);
  };
  const digests = (/** @type {string} */ store) =>
    new Map(
      completeIds(store).flatMap((id) =>
        ["weights.safetensors", "metrics.parquet"].map((name) => {
          const bytes = readFileSync(join(folder, store, "complete", id.slice(0, 2), id, name));
          return [`${id} ${name}`, createHash("sha256").update(bytes).digest("hex")];
        }),
      ),
    );

  try {
    const where = ["study.yaml", "--store", "cluster"];
    const slurm = ["--executor", "slurm", "--chunk-size", "3", "--time", "10", "--limit", "4"];
    await asked("sinfo", "--version");
    await asked("sinfo");
    note("  MaxArraySize of this cluster is 11: 20 chunks are two arrays.");
    await command("study", "run", ...where, ...slurm, "--partition", "nowhere");
    await command("study", "run", ...where, ...slurm);
    await command("study", "run", ...where, ...slurm);
    await until(() => completeIds("cluster").length >= 4);
    await command("study", "status", ...where);

    const task =
      (await tasks())
        .split("\n")
        .find((line) => line.endsWith("RUNNING"))
        ?.split(" ")[0] ?? "none";
    note(`  A running task is put back into the queue.`);
    await asked("scontrol", "requeue", task);

    await until(() => completeIds("cluster").length >= 15);
    note("  SIGKILL to the node's daemon and to everything that it runs: the node loses power.");
    cluster.killNode({ withJobs: true });
    await until(async () => (await cluster.run("sinfo", "--noheader", "--format=%T")).startsWith("down"));
    await asked("sinfo");
    await command("study", "status", ...where);
    note("  The node comes back.");
    cluster.startNode();

    await until(() => completeIds("cluster").length >= 30);
    await command("study", "cancel", ...where);
    await until(async () => (await tasks()) === "");
    await command("study", "status", ...where);
    await command("study", "run", ...where, ...slurm);
    await until(async () => (await tasks()) === "");
    await command("study", "status", ...where);

    note("  The same on worker threads.");
    await command("study", "run", "study.yaml", "--store", "local", "--quiet");
    const [onCluster, onThreads] = [digests("cluster"), digests("local")];
    const equal = [...onThreads].filter(([name, digest]) => onCluster.get(name) === digest).length;
    note(`  Weights and metrics: ${equal} of ${onThreads.size} files have the same SHA-256.`);
    if (equal !== onThreads.size)
      throw new Failure("evidence slurm: the cluster's bits are not those of worker threads.");
    return `Every command of one session with its answer, seconds since its begin at the left. The cluster is one machine with two cores: slurmctld and slurmd with munge, as \`scripts/tools/slurm.mjs\` configures them, without accounting.\n\n\`\`\`text\n${log.join("\n")}\n\`\`\`\n`;
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
