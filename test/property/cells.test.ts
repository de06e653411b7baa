import fc from "fast-check";
import { expect, test } from "vitest";
import { defineCell, type Equations } from "../../src/cell/cell.ts";
import * as e from "../../src/cell/expression.ts";
import { candidates, reference } from "../helpers/backends.ts";
import { everything, setup, worst } from "../helpers/programs.ts";

test("60 cells that fast-check writes, six in a program, agree on interpreting back ends, 12 of them on compiling ones, in float64", async () => {
  type Term = (t: Parameters<Equations>[0]) => e.Expression;
  const { term } = fc.letrec<{ term: Term }>((tie) => ({
    term: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom<Term>(
        (t) => t.h,
        (t) => t.c,
        (t) => t.p.b,
        (t) => e.matvec(t.p.u, t.input),
        (t) => t.noise("inside"),
      ),
      fc.tuple(tie("term"), tie("term")).map(
        ([a, b]): Term =>
          (t) =>
            e.add(a(t), b(t)),
      ),
      fc.tuple(tie("term"), tie("term")).map(
        ([a, b]): Term =>
          (t) =>
            e.mul(a(t), e.tanh(b(t))),
      ),
      fc.tuple(tie("term"), tie("term")).map(
        ([a, b]): Term =>
          (t) =>
            e.max(a(t), b(t)),
      ),
      tie("term").map(
        (a): Term =>
          (t) =>
            e.matvec(t.p.w, a(t)),
      ),
      tie("term").map(
        (a): Term =>
          (t) =>
            e.tanh(a(t)),
      ),
      tie("term").map(
        (a): Term =>
          (t) =>
            e.softplus(a(t)),
      ),
      tie("term").map(
        (a): Term =>
          (t) =>
            e.div(a(t), e.add(1, e.sumUnits(e.square(a(t))))),
      ),
      tie("term").map(
        (a): Term =>
          (t) =>
            e.slice(e.concat(a(t), t.h), "hidden", "hidden"),
      ),
      tie("term").map(
        (a): Term =>
          (t) =>
            e.mul(t.s.alpha, a(t)),
      ),
    ),
  }));
  // A compiler takes less for six cells at once than one by one; each has states of its own.
  const perProgram = 6;
  let written = 0;
  const equations = fc.array(fc.tuple(term, term), { minLength: perProgram, maxLength: perProgram });
  const property = fc.asyncProperty(equations, fc.nat(40), async (pairs, batchSize) => {
    const cell = defineCell({
      name: "written-by-chance",
      summary: "random equations",
      state: Object.fromEntries(pairs.flatMap((_, i) => [`h${i}`, `c${i}`].map((name) => [name, "hidden"]))),
      parameters: { w: ["hidden", "hidden"], u: ["hidden", "input"], b: ["hidden"] },
      settings: { alpha: 0.3 },
      step: (t) =>
        Object.fromEntries(
          pairs.flatMap(([first, second], i) => {
            const own = { ...t, h: t[`h${i}`], c: t[`c${i}`] };
            return [
              [`h${i}`, e.tanh(first(own))],
              [`c${i}`, e.tanh(second(own))],
            ];
          }),
        ),
      // the readout sees every cell
      rate: (t) => e.add(0, ...pairs.map((_, i) => t[`h${i}`])),
    });
    const prepared = setup(cell, { batchSize, stepCount: 3 });
    const expected = everything(await reference.prepare(prepared.program, "float64"), prepared);
    const compile = written++ % 5 === 0; // two programs of ten
    for (const { label, backend } of candidates.filter((candidate) => compile || candidate.backend.name === "vector")) {
      const kernel = await backend.prepare(prepared.program, "float64");
      const { error, where } = worst(everything(kernel, prepared), expected);
      expect(error, `${label}: ${where}`).toBeLessThan(1e-11);
    }
  });
  await fc.assert(property, { numRuns: 10, seed: 20260101, endOnFailure: true });
});
