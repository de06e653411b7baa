/** `npm run build`; with `--all-kernels`, kernels for every instruction set, as the published package carries them. */
import { endWith, Failure, say } from "./tools/failure.mjs";
import { prepare } from "./tools/prepare.mjs";

try {
  const unknown = process.argv.slice(2).filter((argument) => argument !== "--all-kernels");
  if (unknown.length > 0) {
    throw new Failure(`build: takes --all-kernels or nothing, got ${unknown.join(" ")}; leave it out.`);
  }
  const isNew = await prepare({ allKernels: process.argv.includes("--all-kernels") });
  say(isNew ? "built" : "the build is up to date");
} catch (error) {
  endWith(error);
}
