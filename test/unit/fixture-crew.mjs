/** A thread of a crew whose jobs do what they are told: count, throw or end the thread. See crew.test.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { jobSize } from "../../dist/engine/compiled/contract.js";
import { serveCrew } from "../../dist/engine/compiled/crew.js";

const { control, board } = workerData;
const jobBytes = jobSize * 4;
const marks = new Int32Array(board);
const pause = new Int32Array(new SharedArrayBuffer(4));

parentPort?.postMessage("ready");
serveCrew(control, (deed, job) => {
  if (deed === 1) throw new RangeError(`job ${job / jobBytes} threw on another thread`);
  if (deed === 2) process.exit(7);
  Atomics.add(marks, job / jobBytes, 1);
  // a job that takes a while, so that every thread gets some
  if (deed === 3) Atomics.wait(pause, 0, 0, 2);
});
