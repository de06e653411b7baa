#!/usr/bin/env node
import { commandLine } from "./program.ts";

// A reader that has seen enough (| head) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
// Not process.exit: what is still on its way to a pipe must arrive.
process.exitCode = await commandLine(process.argv.slice(2));
