/**
 * Gives memory of kernels that are no longer used back to the system.
 *
 * The memory of a kernel is a shared array that has grown, and the collector does not count what it has grown by: without
 * being asked it lets hundreds of megabytes of dead kernels lie while a worker makes one stack of runs after the other.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Growth of the process from which a collection, of some ten milliseconds, is worth its time. */
const worthCollecting = 32 * 2 ** 20;

/** @returns to be called when kernels have gone out of use; collects where the process has grown since the last time */
export function memoryCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  let last = process.memoryUsage.rss();
  return () => {
    if (process.memoryUsage.rss() - last < worthCollecting) return;
    collect();
    last = process.memoryUsage.rss();
  };
}
