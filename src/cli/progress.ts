/**
 * How far work has come: a bar that is redrawn on a terminal, plain lines now and then elsewhere.
 *
 * Work is a list of jobs with weights, any of which may be under way at the same time.
 */
import { durationText } from "./output.ts";

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  readonly stream?: ProgressStream;
  readonly isQuiet?: boolean;
  /** What is counted, in the plural: "networks". */
  readonly unit: string;
  /** Expected share of each job in the whole work, > 0. */
  readonly weights: readonly number[];
  /** Milliseconds. */
  readonly now?: () => number;
}

export interface Progress {
  /** How far a job is, 0..1, and what to say about it. */
  update(job: number, share: number, label?: string): void;
  /** A job has ended; one that was found done says nothing about the speed of the rest. */
  finish(job: number, wasDone?: boolean): void;
  /** A line for people that stays. */
  say(text: string): void;
  /** Removes the bar. */
  end(): void;
}

const barPause = 100;
const linePause = 5000;
const barWidth = 24;

export function progress(options: ProgressOptions): Progress {
  const { stream = process.stderr, isQuiet = false, unit, weights, now = () => performance.now() } = options;
  const isTerminal = stream.isTTY === true;
  const pause = isTerminal ? barPause : linePause;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map(() => 0);
  const startedAt = now();
  let finished = 0;
  /** Work that was there before the clock began to count. */
  let given = 0;
  let label = "";
  let nextShow = startedAt + (isTerminal ? 0 : linePause);
  let isBarShown = false;

  const done = (): number => weights.reduce((sum, weight, job) => sum + weight * shares[job], 0);
  const text = (): string => {
    const share = total === 0 ? 1 : done() / total;
    const worked = done() - given;
    const elapsed = (now() - startedAt) / 1000;
    // Below a hundredth, or in the first two seconds, an extrapolation says nothing.
    const isKnown = worked > total / 100 && elapsed > 2;
    const left = isKnown ? `, about ${durationText(Math.round(((total - done()) / worked) * elapsed))} left` : "";
    return `${Math.floor(100 * share)} %, ${finished} of ${weights.length} ${unit}${left}`;
  };
  const bar = (): string => {
    const filled = total === 0 ? barWidth : Math.floor((barWidth * done()) / total);
    const line = `[${"#".repeat(filled)}${".".repeat(barWidth - filled)}] ${text()}${label === "" ? "" : `  ${label}`}`;
    return line.slice(0, Math.max(20, (stream.columns || 80) - 1));
  };
  const clear = (): void => {
    if (isBarShown) stream.write("\r\x1b[K");
    isBarShown = false;
  };
  const show = (): void => {
    if (isQuiet || now() < nextShow) return;
    nextShow = now() + pause;
    if (isTerminal) {
      stream.write(`\r\x1b[K${bar()}`);
      isBarShown = true;
    } else stream.write(`${text()}\n`);
  };

  return {
    update(job, share, words) {
      shares[job] = Math.min(1, share);
      if (words !== undefined) label = words;
      show();
    },
    finish(job, wasDone = false) {
      if (wasDone) given += weights[job] * (1 - shares[job]);
      shares[job] = 1;
      finished++;
      show();
    },
    say(words) {
      if (isQuiet) return;
      clear();
      stream.write(`${words}\n`);
    },
    end: clear,
  };
}
