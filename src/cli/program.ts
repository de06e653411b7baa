import { Command, CommanderError } from "commander";
import { packageVersion } from "../platform/node/software.ts";
import { addCommand } from "./add-command.ts";
import { type ExitCode, exitCodes } from "./command.ts";
import { commands } from "./commands.ts";
import { complain, paragraph } from "./failure.ts";

/**
 * Runs one command line.
 *
 * @param parameters what stands after the program's name
 * @returns the exit code
 */
export async function commandLine(parameters: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const program = new Command("noisy-rnn");
  program
    .description("Train, measure, explain and compare recurrent neural networks with injected noise.")
    .version(packageVersion(), "--version", "print the version")
    .helpOption("--help", "print this help")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: (text) => process.stderr.write(`${paragraph(text)}\n`) })
    .configureHelp({ helpWidth: Math.min(process.stdout.columns || 100, 100), showGlobalOptions: false })
    .addHelpText("after", environmentHelp);
  for (const definition of commands) addCommand(program, definition, (ended) => (code = ended));
  try {
    await program.parseAsync([...parameters], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.misuse;
    return complain(error);
  }
}

const environmentHelp = `
Environment:
  NOISY_RNN_BACKEND  back end to compute with, instead of the fastest that runs here (see doctor)
  NOISY_RNN_ISA      instruction set of native kernels, instead of the widest of this processor
  NOISY_RNN_DATA     folder with data sets, looked through before anything is downloaded
  NOISY_RNN_CACHE    folder for downloads and compiled kernels
  NOISY_RNN_DEBUG=1  print the stack of an error
  CC                 C compiler for native kernels, instead of cc

Exit codes:
  0 done, 1 failed, 2 wrong command line or specification, 3 something is missing on this machine,
  130, 143 or 138 interrupted (the same command goes on from there)

noisy-rnn <command> --help shows options and examples of a command.
`;
