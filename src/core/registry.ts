import { ParameterError } from "./errors.ts";
import { otherWords } from "./other-words.ts";

/** A family of named members; unknown names are answered with the nearest known one. */
export interface Registry<Member> {
  /** What a member is called in messages, for example "cell". */
  readonly kind: string;
  readonly names: readonly string[];
  readonly members: readonly Member[];
  has(name: string): boolean;
  /** @throws ParameterError for an unknown name. */
  get(name: string): Member;
}

export function registry<Member extends { readonly name: string }>(
  kind: string,
  members: readonly Member[],
): Registry<Member> {
  const byName = new Map(members.map((member) => [member.name, member]));
  return {
    kind,
    names: [...byName.keys()],
    members: [...byName.values()],
    has: (name) => byName.has(name),
    get: (name) => {
      const member = byName.get(name);
      if (member === undefined) throw unknownName(kind, name, [...byName.keys()]);
      return member;
    },
  };
}

/** @param place where the name was given, when that says more than what kind of name it is */
export function unknownName(kind: string, name: string, known: readonly string[], place = kind): ParameterError {
  const nearest = nearestName(name, known);
  const guess = nearest === undefined ? "" : `did you mean "${nearest}"? `;
  return new ParameterError({
    place,
    rule: `no ${kind} is named "${name}"`,
    remedy:
      known.length === 0 ? "there is none to choose from: leave the name out" : `${guess}known: ${known.join(", ")}`,
  });
}

/**
 * What somebody may have meant: the word that is used here for what others call so, else the known name with the smallest edit
 * distance, if it is at most a third of the name's length (and at least 2).
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const meant = otherWords.get(name);
  if (meant !== undefined && known.includes(meant)) return meant;
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(previous[j] + 1, current[j - 1] + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length];
}
