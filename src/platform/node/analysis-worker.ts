/** A worker thread that analyses trained networks. */
import { analyse } from "../../analysis/analyse.ts";
import type { AnalysisFindings } from "../../analysis/contract.ts";
import { createNetwork } from "../../network/network.ts";
import { lossOf } from "../../study/run.ts";
import { taskLoader } from "../../study/tasks.ts";
import type { AnalysisJob, AnalysisProgress } from "./analyse-networks.ts";
import { nodeResources } from "./datasets.ts";
import { serveJobs } from "./pool-worker.ts";
import { installBackends } from "./setup.ts";

/** Milliseconds between two reports of progress. */
const reportPause = 100;

installBackends();
// Whoever started the job has loaded its data once, so nothing is fetched here.
const loadTask = taskLoader(nodeResources({ download: false }));

serveJobs<AnalysisJob, AnalysisFindings, AnalysisProgress>(async (job, { isCancelled, report }) => {
  const { spec, weights, task: wanted, request, threads } = job;
  const { task } = await loadTask(wanted.name, wanted.options);
  const network = createNetwork(spec.network);
  const kernel = await network.kernel({ precision: spec.engine.precision, threads });
  let nextReport = 0;
  try {
    const { seed, training } = spec;
    const { name, ...options } = request;
    return await analyse(name, {
      network,
      kernel,
      weights,
      seed,
      task,
      training,
      ...lossOf(training),
      options,
      shouldStop: isCancelled,
      onProgress: (share, what) => {
        const now = performance.now();
        if (now < nextReport) return;
        nextReport = now + reportPause;
        report({ share, what });
      },
    });
  } finally {
    kernel.close();
  }
});
