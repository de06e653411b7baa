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
  /** What is counted, one and many of it: "network", "networks". */
  readonly unit: readonly [one: string, many: string];
  /** Expected share of each job in the whole work, > 0. */
  readonly weights: readonly number[];
  /** Whether to say how many jobs end in a minute. */
  readonly hasRate?: boolean;
  /** Milliseconds. */
  readonly now?: () => number;
}

export interface Progress {
  /** How far a job is, 0..1, and what to say about it. */
  update(job: number, share: number, label?: string): void;
  /** A job has ended; one that was found done says nothing about the speed of the rest. */
  finish(job: number, wasDone?: boolean): void;
  /** Somebody else has a job: until it is updated here, it is no part of what is left to do. */
  leave(job: number): void;
  /** A line for people that stays. */
  say(text: string): void;
  /** Removes the bar. */
  end(): void;
}

const barPause = 100;
const linePause = 5000;
const barWidth = 24;

export function progress(options: ProgressOptions): Progress {
  const { stream = process.stderr, isQuiet = false, unit, weights, hasRate = false } = options;
  const { now = () => performance.now() } = options;
  const isTerminal = stream.isTTY === true;
  const pause = isTerminal ? barPause : linePause;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map(() => 0);
  const startedAt = now();
  let finished = 0;
  let found = 0;
  /** Work that was there before the clock began to count. */
  let given = 0;
  let done = 0;
  const elsewhere = new Set<number>();
  let label = "";
  let nextShow = startedAt + (isTerminal ? 0 : linePause);
  let isBarShown = false;

  const reach = (job: number, share: number): void => {
    done += weights[job] * (share - shares[job]);
    shares[job] = share;
  };
  const text = (): string => {
    const isOver = finished === weights.length;
    // Sums of shares may miss a whole number by their last bits; what comes after the updates takes its time too.
    const percent = isOver ? 100 : Math.min(99, Math.floor((100 * done) / total + 1e-6));
    const worked = done - given;
    const elapsed = (now() - startedAt) / 1000;
    // Below a hundredth, or in the first two seconds, an extrapolation says nothing.
    const isKnown = worked > total / 100 && elapsed > 2;
    let own = total - done;
    for (const job of elsewhere) own -= weights[job] * (1 - shares[job]);
    const hasOwn = finished + elsewhere.size < weights.length;
    const seconds = Math.max(1, Math.round((own / worked) * elapsed));
    const left = isKnown && hasOwn ? `, about ${durationText(seconds)} left` : "";
    const others = elsewhere.size > 0 ? `, ${elsewhere.size} made elsewhere` : "";
    const made = finished - found;
    const rate = hasRate && made > 0 && elapsed > 2 ? `, ${rateText(made / elapsed)}` : "";
    return `${percent} %, ${finished} of ${weights.length} ${weights.length === 1 ? unit[0] : unit[1]}${others}${rate}${left}`;
  };
  const bar = (): string => {
    const filled = total === 0 ? barWidth : Math.floor((barWidth * done) / total + 1e-6);
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
      elsewhere.delete(job);
      reach(job, Math.min(1, share));
      if (words !== undefined) label = words;
      show();
    },
    leave(job) {
      elsewhere.add(job);
    },
    finish(job, wasDone = false) {
      elsewhere.delete(job);
      if (wasDone) {
        given += weights[job] * (1 - shares[job]);
        found++;
      }
      reach(job, 1);
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

/** "35 a minute", "1.5 a minute", "12 an hour". */
export function rateText(perSecond: number): string {
  const perMinute = 60 * perSecond;
  return perMinute >= 1
    ? `${Number(perMinute.toPrecision(2))} a minute`
    : `${Number((60 * perMinute).toPrecision(2))} an hour`;
}
