import { expect } from "vitest";
import type { Precision } from "../../src/engine/contract.ts";
import { candidates, reference } from "./backends.ts";
import { everything, type Setup, worst } from "./programs.ts";

// float64: a few thousand roundings of 1.1e-16; elementary functions within a few ulp.
// float32: the same with 6e-8; second derivatives of a few steps amplify by at most a few hundred here.
const tolerance: Record<Precision, number> = { float64: 1e-12, float32: 2e-4 };

/** Every back end computes what the reference computes: forward pass, VJP, JVP and HVP, all of it finite. */
export async function agree(prepared: Setup, precision: Precision, among = candidates): Promise<void> {
  const expected = everything(await reference.prepare(prepared.program, "float64"), prepared);
  for (const [where, values] of Object.entries(expected))
    expect(values.every(Number.isFinite), `${where} is finite`).toBe(true);
  for (const { label, backend } of among) {
    const kernel = await backend.prepare(prepared.program, precision);
    const { error, where } = worst(everything(kernel, prepared), expected);
    expect(error, `${label} ${precision}: ${where}`).toBeLessThan(tolerance[precision]);
  }
}
