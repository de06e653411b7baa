import { describe, expect, test } from "vitest";
import { axisSize, combineAxes, parseAxis } from "../../src/cell/axis.ts";
import { defineCell, type Equations, resolveSettings } from "../../src/cell/cell.ts";
import { cells } from "../../src/cell/cells/registry.ts";
import * as e from "../../src/cell/expression.ts";
import { programText } from "../../src/cell/program.ts";
import { programOf } from "../helpers/programs.ts";

const define = (step: Equations) =>
  defineCell({
    name: "mine",
    summary: "a cell under test",
    state: { h: "hidden" },
    parameters: { w: ["hidden", "hidden"], u: ["hidden", "input"], b: ["hidden"] },
    settings: { alpha: 0.2, activation: "relu" },
    step,
  });

describe("errors name the place, the axes and a remedy", () => {
  const wrong: [string, Equations, RegExp][] = [
    [
      "a vector along the wrong axis",
      ({ input, p }) => ({ h: e.matvec(p.w, input) }),
      /matvec\(w.*\[hidden, hidden\].*along hidden, got one along input/,
    ],
    ["a sum of two axes", ({ h, input }) => ({ h: e.add(h, input) }), /same axis, got hidden and input/],
    ["a next state along another axis", ({ input }) => ({ h: input }), /next state must lie along hidden, got input/],
    ["a missing state", () => ({}), /"h" is missing/],
    ["a state that does not exist", ({ h }) => ({ h, g: h }), /no state of cell "mine" is named "g"/],
    ["an unknown parameter", ({ h, p }) => ({ h: e.add(h, p.bias) }), /no cell "mine", parameter is named "bias"/],
    ["an unknown setting", ({ h, s }) => ({ h: e.mul(s.alhpa, h) }), /did you mean "alpha"/],
    ["an unknown function", ({ h, f }) => ({ h: f.rellu(h) }), /did you mean "relu"/],
    [
      "plain arithmetic on a setting",
      ({ h, s }) => ({ h: e.mul(Math.sqrt(s.alpha as unknown as number), h) }),
      /use add, sub, mul/,
    ],
    ["a matrix where a vector is meant", ({ h, p }) => ({ h: e.add(h, p.w as never) }), /matvec\(p\.name, x\)/],
    ["a vector where a matrix is meant", ({ h, p }) => ({ h: e.matvec(p.b, h) }), /parameter matrix|takes a vector/],
    [
      "one noise site along two axes",
      ({ h, p, noise }) => ({ h: e.add(h, noise("n"), e.matvec(p.u, noise("n", "input"))) }),
      /one site has one axis/,
    ],
  ];
  for (const [name, step, message] of wrong) test(name, () => expect(() => define(step)).toThrow(message));

  test("neither step nor drift", () => {
    const bare = { name: "mine", summary: "", state: { h: "hidden" }, parameters: {}, settings: {} };
    expect(() => defineCell(bare)).toThrow(/either step or drift/);
    expect(() => defineCell({ ...bare, drift: ({ h }) => ({ h }) })).toThrow(/needs a time step/);
  });
});

describe("settings", () => {
  const { ctrnn } = Object.fromEntries(cells.members.map((cell) => [cell.name, cell]));
  test("defaults are filled in and a value is taken over", () => {
    expect(resolveSettings(ctrnn, { alpha: 0.5 })).toEqual({ alpha: 0.5, activation: "relu" });
  });
  test.each([
    [{ alpha: 1.5 }, /alpha: must lie in \(0, 1\], got 1.5; alpha is dt \/ tau, so lower dt or raise tau/],
    [{ alpha: Number.NaN }, /finite number, got null|NaN/],
    [{ alpha: "fast" }, /must be a finite number, got "fast"/],
    [{ activation: "rellu" }, /did you mean "relu"/],
    [{ alhpa: 0.1 }, /did you mean "alpha"/],
  ])("%o is refused", (settings, message) => {
    expect(() => resolveSettings(ctrnn, settings as never)).toThrow(message);
  });
});

describe("axes", () => {
  test("are sums in canonical form", () => {
    expect(parseAxis("input + 2*hidden + 1 + hidden")).toBe("3*hidden+input+1");
    expect(combineAxes("2*hidden+1", "hidden", -1)).toBe("hidden+1");
    expect(combineAxes("hidden", "hidden", -1)).toBe("0");
    expect(axisSize("2*hidden+3", { hidden: 5 })).toBe(13);
  });
  test("refuse what is not a sum, a missing size and a negative length", () => {
    expect(() => parseAxis("hidden / 2")).toThrow(/sum of names and whole numbers/);
    expect(() => axisSize("hidden", {})).toThrow(/"hidden" must be a whole number/);
    expect(() => axisSize("input-hidden", { input: 2, hidden: 5 })).toThrow(/negative/);
  });
});

test("equal equations give equal programs, and an activation changes the program while alpha does not", () => {
  const text = (settings: Record<string, number | string>) => programText(programOf(cells.get("ctrnn"), settings));
  expect(text({})).toBe(text({ alpha: 0.9 }));
  expect(text({})).not.toBe(text({ activation: "tanh" }));
});

test("arithmetic with constants is folded while the graph grows", () => {
  const cell = define(({ h, p }) => ({ h: e.add(e.neg(e.neg(e.mul(h, 1))), e.mul(p.b, 0)) }));
  const program = programOf(cell);
  expect(program.states[0].next).toBe(program.states[0].leaf);
});
