import type { Verdict } from "../../figure/report.ts";
import { listText } from "../../figure/wording.ts";
import { together } from "./answers.ts";
import type { FamilyResults, ReproducedPaper } from "./contract.ts";

/** Every claim of a paper with what all families say to it. */
export function claimVerdicts<Evidence extends FamilyResults>(
  { claims, families }: Pick<ReproducedPaper<Evidence>, "claims" | "families">,
  evidence: readonly Evidence[],
): readonly Verdict[] {
  return claims.members.map((claim) => {
    const answers = evidence.flatMap((one) => {
      const answer = claim.answer(one);
      return answer === undefined ? [] : [{ one, answer }];
    });
    const outcome = together(answers.map(({ answer }) => answer.outcome));
    const tested = answers.filter(({ answer }) => answer.outcome !== "not testable");
    const asked = new Set(tested.map(({ one }) => one.family.name));
    const missing =
      claim.isOfAllFamilies === true
        ? families.members.filter(({ name, isOfPaper }) => isOfPaper && !asked.has(name))
        : [];
    const several = answers.length > 1;
    const named = (title: string, sentences: readonly string[]) =>
      sentences.map((text) => (several ? `${title}: ${text}` : text));
    return {
      statement: claim.statement,
      source: claim.source,
      rule: claim.rule,
      outcome: outcome === "holds" && missing.length > 0 ? "holds in part" : outcome,
      measured: answers.flatMap(({ one, answer }) => named(one.family.title, answer.measured)),
      conditions: [
        ...answers.flatMap(({ one, answer }) => named(one.family.title, answer.conditions)),
        ...(answers.length === 0 ? ["No family here measures it."] : []),
        ...(missing.length === 0 ? [] : [`Not tested here: ${listText(missing.map(({ title }) => title))}.`]),
      ],
      shown: answers.flatMap(({ one, answer }) => {
        const figures = one.figures.filter((figure) => answer.figures.some((name) => figure.startsWith(name)));
        const [first] = figures;
        return [{ text: one.family.title, href: first === undefined ? one.page : `${one.page}#${first}` }];
      }),
    };
  });
}
