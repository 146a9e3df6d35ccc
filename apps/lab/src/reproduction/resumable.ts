import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { commandOfRun, type Registries, StoppedEarly, withPlugins } from '@rheobase/experiments/node';
import { Command, type OptionValues } from 'commander';
import { path } from '../choices/option-values.js';
import { pluginsGiven, pluginWords, withPluginOption } from '../choices/plugin-choice.js';
import { type CommandOutput, say } from '../output/command-output.js';
import { assertOutputFolder } from '../output/output-file.js';
import { shellWord } from '../output/shell-word.js';

/** A run to start or resume. */
export interface ResumableRun<Options> {
  /** The command's arguments, without options. */
  readonly args: readonly string[];
  readonly options: Options;
  /** The command line that starts it again from any folder. */
  readonly command: readonly string[];
  /** The registries, including the entries of its plugins. */
  readonly registries: Registries;
}

/** A command whose run can be resumed from its folder. */
export interface ResumableCommand<Options> {
  readonly name: string;
  readonly description: string;
  /** Adds arguments, and the options for starting a run. */
  readonly define: (command: Command) => Command;
  /** @throws if arguments are missing. */
  readonly check?: (args: readonly string[]) => void;
  readonly run: (run: ResumableRun<Options>) => Promise<void>;
}

/** Options allowed with `--resume`: present paths, and those that do not affect the result. */
const changeable: readonly string[] = ['resume', 'dataDir', 'network', 'weights', 'quantized', 'threads', 'json'];
/** Options that are not recorded in the run's command: they follow from its folder, or only affect the output. */
const unkept: readonly string[] = ['resume', 'out', 'json', 'plugin'];

/** Adds a command with the option `--resume`, with which a run's folder replaces all other options. */
export function resumable<Options extends { readonly out?: string }>(
  program: Command,
  { name, description, define, check, run }: ResumableCommand<Options>,
  registries: Registries,
  output: CommandOutput,
): void {
  const command = define(program.command(name).description(description));
  const threads = command.options.some(({ long }) => long === '--threads') ? ', and --threads,' : '';
  command.option(
    '--resume <folder>',
    `resume the run in this folder; paths that have moved${threads} can be given again`,
    path,
  );
  // Required to start a run; a resumed one has them.
  const needed = command.options.filter(({ mandatory }) => mandatory);
  for (const option of needed) option.makeOptionMandatory(false);
  command.action(async () => {
    const folder: unknown = command.getOptionValue('resume');
    const given =
      typeof folder === 'string'
        ? await resumed<Options>(folder, command, define, registries)
        : runOf<Options>(command, registries);
    if (typeof folder !== 'string') {
      check?.(command.args);
      const missing = needed.find((option) => command.getOptionValue(option.attributeName()) === undefined);
      if (missing !== undefined) command.error(`error: required option '${missing.flags}' not specified`);
    }
    if (given.options.out !== undefined) await assertOutputFolder(given.options.out);
    await run(given).catch((error: unknown) => {
      if (error instanceof StoppedEarly) say(output, `rheobase ${name} --resume ${shellWord(error.kept)} resumes it.`);
      throw error;
    });
  });
}

/** The run that a command line starts. */
function runOf<Options extends OptionValues>(used: Command, registries: Registries): ResumableRun<Options> {
  // A file is given by its path, an experiment possibly by its name.
  const args = used.args.map((arg) => (existsSync(arg) ? resolve(arg) : arg));
  const words = used.options.flatMap((option) => {
    const name = option.attributeName();
    const flag = option.long;
    if (flag == null || unkept.includes(name) || !isGiven(used, name)) return [];
    const value: unknown = used.getOptionValue(name);
    const texts = textsOf(value).map((text) => (option.parseArg === path ? resolve(text) : text));
    return value === true ? [flag] : option.variadic ? [flag, ...texts] : texts.flatMap((text) => [flag, text]);
  });
  return {
    args: used.args,
    options: used.opts<Options>(),
    command: [used.name(), ...args, ...words, ...pluginWords(registries)],
    registries,
  };
}

/** The values of an option as written; one per use if it is repeatable. */
function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== 'object' || value === null) return [String(value)];
  return Object.entries(value).map(([name, own]: [string, unknown]) => `${name}=${String(own)}`);
}

/**
 * The run that was started in a folder.
 *
 * @param used the command, with the options given in addition
 * @throws naming the file, if no run was started there; naming an option that the run has fixed, or the command that started it.
 */
async function resumed<Options extends OptionValues>(
  folder: string,
  used: Command,
  define: (command: Command) => Command,
  registries: Registries,
): Promise<ResumableRun<Options>> {
  const [arg] = used.args;
  if (arg !== undefined) {
    throw new Error(`--resume continues the experiment of ${folder}: omit '${arg}'.`);
  }
  const given = used.options.map((option) => option.attributeName()).filter((name) => isGiven(used, name));
  const settled = used.options.find(
    (option) => given.includes(option.attributeName()) && !changeable.includes(option.attributeName()),
  );
  if (settled !== undefined) {
    throw new Error(`--resume continues a run with its own settings: omit ${settled.long}, or start another run.`);
  }
  const [name = '', ...words] = await commandOfRun(folder);
  if (name !== used.name()) {
    throw new Error(
      `${folder}: \`rheobase ${name}\` started the run in it: \`rheobase ${name} --resume ${shellWord(folder)}\`.`,
    );
  }
  const parsed = withPluginOption(define(new Command(name).exitOverride()));
  parsed.parse([...words, '--out', folder], { from: 'user' });
  for (const option of given) parsed.setOptionValueWithSource(option, used.getOptionValue(option), 'cli');
  // Given plugins replace those that it was started with.
  const own = registries.plugins.length > 0 ? [] : pluginsGiven(parsed);
  return runOf(parsed, await withPlugins(registries, own));
}

function isGiven(used: Command, name: string): boolean {
  return used.getOptionValueSource(name) === 'cli';
}
