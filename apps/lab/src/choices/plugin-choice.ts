import { defaultRegistries, pluginHashes, type Registries, withPlugins } from '@rheobase/experiments/node';
import { Command, CommanderError } from 'commander';
import { path } from './option-values.js';

/** Commands that only read records, which are self-contained: they load no plugins, which may no longer exist. */
const recordReaders = ['runs', 'report'];

/** Adds the option that every command has. */
export function withPluginOption(command: Command): Command {
  return command.option(
    '--plugin <file>',
    'a JavaScript module that adds neurons, activations, methods, models or data sets; may be given several times',
    (text: string, before: readonly string[] = []) => [...before, path(text)],
  );
}

/**
 * Everything that a command line can name: built-in entries and those of its plugins, which are loaded before the line is parsed, as options and help
 * list the names.
 *
 * @throws as `withPlugins` does.
 */
export async function registriesFor(args: readonly string[]): Promise<Registries> {
  const line = withPluginOption(new Command().allowUnknownOption().allowExcessArguments().helpOption(false))
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  try {
    line.parse([...args], { from: 'user' });
  } catch (error) {
    // Reported later, when the whole line is parsed.
    if (error instanceof CommanderError) return defaultRegistries;
    throw error;
  }
  if (recordReaders.includes(line.args[0] ?? '')) return defaultRegistries;
  return withPlugins(defaultRegistries, pluginsGiven(line));
}

/** The plugins given to a parsed command. */
export function pluginsGiven(command: Command): readonly string[] {
  return command.opts<{ readonly plugin?: readonly string[] }>().plugin ?? [];
}

/** The command-line words that pass on the plugins of registries. */
export function pluginWords({ plugins }: Registries): readonly string[] {
  return plugins.flatMap(({ file }) => ['--plugin', file]);
}

/** Hashes of plugins, for the file hashes of a record. */
export function recordedPlugins(registries: Registries): Readonly<Record<string, string>> {
  const hashes = Object.entries(pluginHashes(registries) ?? {});
  return Object.fromEntries(hashes.map(([name, sha256]) => [`plugin ${name}`, sha256]));
}
