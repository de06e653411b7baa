/** How a network's kernel is asked for, and when it is closed. */
import { describe, expect, test } from "vitest";
import { cells } from "../../src/cell/cells/registry.ts";
import { createNetwork } from "../../src/network/network.ts";
import { candidates, reference } from "../helpers/backends.ts";
import { setup } from "../helpers/programs.ts";

const network = createNetwork({ cell: "ctrnn", inputSize: 1, hiddenSize: 2, outputSize: 1 });

describe("options of a kernel", () => {
  test.each([
    [{ precision: "float16" }, 'kernel, precision: must be "float32" or "float64", got "float16"'],
    [{ precision: "float64", threads: "2" }, 'kernel, threads: must be a whole number from 1 to 256, got "2"'],
    [{ precision: "float64", threads: 257 }, "from 1 to 256, got 257"],
    [{ precision: "float64", checkpointing: "yes" }, 'kernel, checkpointing: must be true or false, got "yes"'],
    [{ precision: "float64", threds: 2 }, 'did you mean "threads"'],
    [undefined, "kernel, options: must be an object"],
  ])("%j is refused by its name", async (options, message) => {
    await expect(network.kernel(options as never)).rejects.toThrow(message);
  });
});

test("a closed kernel refuses every call, on every back end and with any number of threads, and may be closed again", async () => {
  const { program, call, directions } = setup(cells.get("ctrnn"));
  for (const { label, backend } of [{ label: "reference", backend: reference }, ...candidates]) {
    for (const threads of [1, 2]) {
      const kernel = await backend.prepare(program, "float64", { threads });
      kernel.forward(call, false);
      kernel.close();
      kernel.close();
      for (const use of [() => kernel.forward(call, false), () => kernel.tangent(call, directions, false)])
        expect(use, label).toThrow("kernel: was closed and then called");
    }
  }
});
