import fc from "fast-check";
import { expect, test } from "vitest";
import { defineCell, type Equations } from "../../src/cell/cell.ts";
import * as e from "../../src/cell/expression.ts";
import { candidates, reference } from "../helpers/backends.ts";
import { everything, setup, worst } from "../helpers/programs.ts";

test("60 cells that fast-check writes agree on interpreting back ends, 12 of them on compiling ones, in float64", async () => {
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
  let written = 0;
  const property = fc.asyncProperty(term, term, fc.nat(40), async (first, second, batchSize) => {
    const cell = defineCell({
      name: "written-by-chance",
      summary: "random equations",
      state: { h: "hidden", c: "hidden" },
      parameters: { w: ["hidden", "hidden"], u: ["hidden", "input"], b: ["hidden"] },
      settings: { alpha: 0.3 },
      step: (t) => ({ h: e.tanh(first(t)), c: e.tanh(second(t)) }),
    });
    const prepared = setup(cell, { batchSize, stepCount: 3 });
    const expected = everything(await reference.prepare(prepared.program, "float64"), prepared);
    const compile = written++ % 5 === 0; // a second each
    for (const { label, backend } of candidates.filter((candidate) => compile || candidate.backend.name === "vector")) {
      const kernel = await backend.prepare(prepared.program, "float64");
      const { error, where } = worst(everything(kernel, prepared), expected);
      expect(error, `${label}: ${where}`).toBeLessThan(1e-11);
    }
  });
  await fc.assert(property, { numRuns: 60, seed: 20260101, endOnFailure: true });
});
