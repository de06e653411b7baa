/** A worker that makes nothing of runs: their seed says what becomes of them. */
import { serveJobs } from "../../dist/platform/node/pool-worker.js";

serveJobs(async ({ runs }, { report }) => {
  const seeds = runs.map(({ spec }) => spec.seed);
  // 3 kills its worker whenever it is made, 5 only beside others.
  if (seeds.includes(3) || (seeds.includes(5) && seeds.length > 1)) process.exit(9);
  for (const [run, seed] of seeds.entries()) {
    report({ kind: "progress", run, share: 0.5 });
    if (seed === 7) report({ kind: "failed", run, errorName: "CapabilityError", reason: "no space" });
    else report({ kind: "ended", run, stored: { seed, beside: seeds } });
  }
});
