/** Puts a command or a family of commands into a program. */
import type { Command } from "commander";
import type { CommandDefinition, CommandFamily, ExitCode } from "./command.ts";

/** @param onEnd told how the action ended */
export function addCommand(
  program: Command,
  definition: CommandDefinition | CommandFamily,
  onEnd: (code: ExitCode) => void,
): void {
  const { name, summary, examples } = definition;
  const command = program
    .command(name)
    .summary(summary)
    .description(`${summary[0].toUpperCase()}${summary.slice(1)}.`);
  if ("members" in definition) {
    command.helpCommand(false);
    for (const member of definition.members) addCommand(command, member, onEnd);
  } else {
    definition.define(command, (action) => {
      // Commander's types do not know which arguments and options a command has.
      command.action(async (...given: unknown[]) =>
        onEnd(await (action as (...all: unknown[]) => Promise<ExitCode>)(...given)),
      );
    });
  }
  const lines = examples.map(([line, meaning]) => `  # ${meaning}\n  ${line}`);
  command.addHelpText("after", `\nExamples:\n${lines.join("\n\n")}\n`);
}
