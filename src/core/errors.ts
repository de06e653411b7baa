/**
 * The errors that a caller can branch on.
 *
 * Every message reads *place: rule, with the value received; remedy.*
 */

interface Parts {
  /** Where: the public name of the function, option or file. */
  readonly place: string;
  /** What must hold, and what was received. */
  readonly rule: string;
  /** What to do about it. */
  readonly remedy: string;
}

export class NoisyRnnError extends Error {
  readonly place: string;
  readonly rule: string;
  readonly remedy: string;
  constructor({ place, rule, remedy }: Parts) {
    super(`${place}: ${rule}; ${remedy}`);
    this.name = new.target.name;
    this.place = place;
    this.rule = rule;
    this.remedy = remedy;
  }
}

/** Arrays or axes whose sizes do not fit together. */
export class ShapeError extends NoisyRnnError {}

/** A setting, option or name outside what is allowed. */
export class ParameterError extends NoisyRnnError {}

/** Something this machine or build cannot do. */
export class CapabilityError extends NoisyRnnError {}

/** This machine failed at what it can do in general: its disk is full, its file server is gone. */
export class MachineError extends NoisyRnnError {}

/** Work that was asked to stop before its end. */
export class InterruptedError extends NoisyRnnError {
  constructor(place: string) {
    super({ place, rule: "was asked to stop before its end", remedy: "give the same command again" });
  }
}

/** The program contradicts itself: a defect of noisy-rnn. */
export class InternalError extends NoisyRnnError {
  constructor(place: string, rule: string) {
    super({ place, rule, remedy: "this is a defect of noisy-rnn, please report it with the command that led here" });
  }
}

/** A file whose content is not what its format or checksum promises. */
export class FormatError extends NoisyRnnError {
  readonly file: string;
  /** Byte offset of the first wrong byte, or -1 when no single place is wrong. */
  readonly offset: number;
  constructor(parts: { file: string; offset: number; rule: string; remedy: string }) {
    super({
      place: parts.offset < 0 ? parts.file : `${parts.file}, byte ${parts.offset}`,
      rule: parts.rule,
      remedy: parts.remedy,
    });
    this.file = parts.file;
    this.offset = parts.offset;
  }
}

export interface SpecIssue {
  /** Dotted path of the offending key. */
  readonly path: string;
  readonly rule: string;
  readonly remedy: string;
}

/** A specification (study, network, run) with one issue or more; all are reported at once. */
export class SpecError extends NoisyRnnError {
  readonly issues: readonly SpecIssue[];
  constructor(place: string, issues: readonly SpecIssue[]) {
    const lines = issues.map((issue) => `\n  ${issue.path}: ${issue.rule}; ${issue.remedy}`);
    super({
      place,
      rule: `${issues.length} ${issues.length === 1 ? "issue" : "issues"} in the specification`,
      remedy: `mend ${issues.length === 1 ? "it" : "them"}:${lines.join("")}`,
    });
    this.issues = issues;
  }
}
