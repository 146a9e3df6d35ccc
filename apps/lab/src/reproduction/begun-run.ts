import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { begunCommand } from '@rheobase/experiments/node';
import { Command } from 'commander';
import { path } from '../choices/option-values.js';
import { pluginsGiven, withPluginOption } from '../choices/plugin-choice.js';
import { type ReproduceCommandOptions, withReproduceOptions } from './reproduce-options.js';

/** A run as it is to be begun, or gone on with. */
export interface BegunRun {
  /** An experiment file, or the name of a built-in one. */
  readonly experiment: string;
  readonly options: ReproduceCommandOptions;
  /** Files of plugins that it was begun with, besides those of the registries. */
  readonly plugins: readonly string[];
  /** The words that begin it again from any folder. */
  readonly command: readonly string[];
}

/** What may be given besides `--resume`: where things are now, and what the result does not depend on. */
const changeable: readonly string[] = ['resume', 'dataDir', 'weights', 'quantized', 'threads', 'json'];
/** What does not belong to how a run was begun: its folder has it, and a form of speaking. */
const unkept: readonly string[] = ['resume', 'out', 'json'];

/** A run that a command line begins. @param used the command, with the options that were given it @param plugins files */
export function begun(experiment: string, used: Command, plugins: readonly string[]): BegunRun {
  const name = existsSync(experiment) ? resolve(experiment) : experiment;
  const words = used.options.flatMap((option) => {
    const given: unknown = used.getOptionValue(option.attributeName());
    const flag = option.long;
    if (
      flag == null ||
      flag === '--plugin' ||
      unkept.includes(option.attributeName()) ||
      !isGiven(used, option.attributeName())
    )
      return [];
    if (given === true) return [flag];
    return [flag, option.parseArg === path ? resolve(String(given)) : String(given)];
  });
  return {
    experiment,
    options: used.opts(),
    plugins,
    command: ['reproduce', name, ...words, ...plugins.flatMap((file) => ['--plugin', file])],
  };
}

/**
 * The run that was begun in a folder, to go on with.
 *
 * @param used the command, with the options that were given besides
 * @param plugins files that are given in place of those it was begun with
 * @throws naming the file, if no run was begun there; naming an option that the run has settled.
 */
export async function resumed(folder: string, used: Command, plugins: readonly string[]): Promise<BegunRun> {
  const given = used.options.map((option) => option.attributeName()).filter((name) => isGiven(used, name));
  const settled = used.options.find(
    (option) => given.includes(option.attributeName()) && !changeable.includes(option.attributeName()),
  );
  if (settled !== undefined) {
    throw new Error(`--resume goes on with a run as it was begun: leave ${settled.long} away, or begin another run.`);
  }
  const [, ...words] = await begunCommand(folder);
  const parsed = withPluginOption(
    withReproduceOptions(new Command('reproduce').argument('<experiment>').exitOverride()),
  );
  parsed.parse(words, { from: 'user' });
  for (const name of given) parsed.setOptionValueWithSource(name, used.getOptionValue(name), 'cli');
  const { options, ...run } = begun(parsed.args[0] ?? '', parsed, plugins.length > 0 ? plugins : pluginsGiven(parsed));
  return { ...run, options: { ...options, out: folder } };
}

function isGiven(used: Command, name: string): boolean {
  return used.getOptionValueSource(name) === 'cli';
}
