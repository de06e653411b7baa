import { describe, expect, test } from "vitest";
import { cells } from "../../src/cell/cells/registry.ts";
import { deriveScans } from "../../src/engine/scan.ts";
import { programOf } from "../helpers/programs.ts";

describe("what the forward scan stores for the reverse scan", () => {
  // the table of docs/how-it-works.md
  const stored: Record<string, number> = {
    ctrnn: 1,
    elman: 1,
    lipschitz: 1,
    rate: 0,
    gru: 5,
    // three gates, the candidate before and after its noise, the activated memory
    lstm: 6,
    antisymmetric: 1,
    cornn: 1,
    // the sign of the drive, and whether it is above the threshold
    exprnn: 2,
    // two time scales; of each state the activation, and its distance from the state
    lem: 6,
    // the drive of each layer, and the rate of each layer but the last, which is the state
    feedforward: 5,
    "controlled-plant": 1,
  };
  for (const cell of cells.members) {
    test(`${cell.name}: ${stored[cell.name]} vectors a step`, () => {
      const { scans } = deriveScans(programOf(cell));
      const saved = scans.forward.stores.filter(({ buffer }) => buffer.startsWith("saved"));
      expect(saved.length).toBe(stored[cell.name]);
    });
  }

  test("noise is never stored, and drawn again where its derivative needs it", () => {
    for (const cell of cells.members) {
      const { scans } = deriveScans(programOf(cell));
      for (const { node } of scans["tangent-forward"].stores)
        expect(scans["tangent-forward"].graph.nodes[node].op).not.toBe("noise");
    }
  });

  test("evaluate computes nothing that only the reverse scan needs", () => {
    const { scans } = deriveScans(programOf(cells.get("gru")));
    expect(scans.evaluate.stores.every(({ buffer }) => buffer.startsWith("output:"))).toBe(true);
    expect(scans.evaluate.order.length).toBeLessThanOrEqual(scans.forward.order.length);
  });
});

test("the second graph extends the first: a program node has one number in all scans", () => {
  const program = programOf(cells.get("lipschitz"));
  const { scans } = deriveScans(program);
  for (const [id, node] of program.graph.nodes.entries()) {
    expect(scans.backward.graph.nodes[id]).toEqual(node);
    expect(scans["tangent-backward"].graph.nodes[id]).toEqual(node);
  }
});
