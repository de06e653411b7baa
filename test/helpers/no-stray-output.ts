/** Set up for every test file: whatever is printed without having been asked for fails the test that printed it. */
import { afterAll, afterEach } from "vitest";

const printed: string[] = [];

const methods = [
  "debug",
  "dir",
  "error",
  "group",
  "info",
  "log",
  "table",
  "timeEnd",
  "timeLog",
  "trace",
  "warn",
] as const;
for (const method of methods) {
  console[method] = (...values: unknown[]) => {
    printed.push(`console.${method}: ${values.map(String).join(" ")}`);
  };
}
for (const name of ["stdout", "stderr"] as const) {
  process[name].write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    printed.push(`${name}: ${typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk)}`);
    const done = rest.at(-1);
    if (typeof done === "function") done();
    return true;
  }) as typeof process.stdout.write;
}

function failIfPrinted(): void {
  const found = printed.splice(0);
  if (found.length > 0) throw new Error(`printed without having been asked for:\n${found.join("\n")}`);
}

afterEach(failIfPrinted);
afterAll(failIfPrinted);
