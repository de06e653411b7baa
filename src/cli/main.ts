#!/usr/bin/env node
import { commandLine } from "./program.ts";

// Not process.exit: what is still on its way to a pipe must arrive.
process.exitCode = await commandLine(process.argv.slice(2));
