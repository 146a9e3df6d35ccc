import type { Command } from 'commander';

/**
 * The option of the command that makes batches smaller, if an error says that they do not fit in memory; else undefined. Matches the error's message,
 * as errors of worker threads arrive without their class.
 *
 * @param args the command line, with the command's name first
 */
export function batchAdvice(program: Command, args: readonly string[], message: string): string {
  const found = /Take a smaller batch(?:: (\d+) image)?/.exec(message);
  if (found === null) return '';
  const size = found[1] ?? 'N';
  const command = commandOf(program, args);
  const options = ['--micro-batch', '--batch'].filter((name) => command.options.some(({ long }) => long === name));
  if (options.length > 0) return ` Give ${options.map((name) => `${name} ${size}`).join(' or ')}.`;
  return command.name() === 'reproduce' ? ' Set `batch` in the experiment file.' : '';
}

function commandOf(program: Command, args: readonly string[]): Command {
  const next = program.commands.find((command) => command.name() === args[0]);
  return next === undefined ? program : commandOf(next, args.slice(1));
}
