import { realpath } from 'node:fs/promises';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inWords, type Registry, unknownName } from '@rheobase/network';
import { fileReason } from '@rheobase/network/node';
import { faultsInWords } from '../experiment/faults-in-words.js';
import { type Plugin, pluginFields, pluginSchema } from './plugin.js';
import { readPluginFiles, secondCopy } from './plugin-files.js';
import type { Registries } from '../../registries.js';

/**
 * Registries with the entries of plugins too. A plugin that they have already is not added again.
 *
 * @param files of the plugins: ES modules whose default export is a {@link Plugin}
 * @throws (the promise rejects) naming the file and, where one is to blame, the field: a plugin that is not there, throws while it is loaded, has no default
 *   export, a field that is unknown, an entry that is none, or a name that is taken, or that imports another copy of tfjs or of a package
 *   of this project.
 */
export async function withPlugins(registries: Registries, files: readonly string[]): Promise<Registries> {
  let all = registries;
  for (const given of files) {
    const file = await realpath(given).catch((error: unknown) => {
      throw new Error(`${given}: the plugin cannot be read (${fileReason(error)}).`, { cause: error });
    });
    if (all.plugins.some((other) => other.file === file)) continue;
    const { hashes, packages } = await readPluginFiles(file).catch((error: unknown) => {
      throw new Error(`${given}: the plugin cannot be read (${fileReason(error)}).`, { cause: error });
    });
    const copy = secondCopy(file, packages);
    if (copy !== undefined) {
      throw new Error(
        `${given}: it imports a second copy of ${copy.name}, ${copy.theirs}, in addition to the one in use, ${copy.ours}. ` +
          'Values of one copy do not work in the other. Move the plugin to a folder where its imports resolve to the copy in use, or install both in one project.',
      );
    }
    const plugin = checked(await exported(given, file), given);
    all = { ...added(all, plugin, given), plugins: [...all.plugins, { file, hashes }] };
  }
  return all;
}

async function exported(given: string, file: string): Promise<unknown> {
  if (/^\.[mc]?ts$/.test(extname(file)) && !runsTypeScript()) {
    throw new Error(
      `${given}: Node ${process.versions.node} does not run TypeScript. Compile the plugin and give the .js file, or use Node 22.18 or newer.`,
    );
  }
  let module: unknown;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    const remedy = isMissing
      ? '\nA plugin finds packages in the node_modules of its own folder and the folders above it: install them there, or link to the copies that the command uses.'
      : error instanceof SyntaxError
        ? `\nTo see the line, run: node --check ${file}`
        : '';
    throw new Error(`${given}: the plugin throws while it is loaded: ${reason}${remedy}`, { cause: error });
  }
  if (typeof module === 'object' && module !== null && 'default' in module) return module.default;
  throw new Error(
    `${given}: it has no default export. A plugin is an ES module that ends in \`export default { neurons: [ … ] }\`.`,
  );
}

/** Whether Node takes the types out of a file by itself. */
function runsTypeScript(): boolean {
  return 'typescript' in process.features && Boolean(process.features.typescript);
}

function checked(value: unknown, given: string): Plugin {
  if (typeof value !== 'object' || value === null) {
    throw new Error(`${given}: its default export is ${inWords(value)}, not an object such as { neurons: [ … ] }.`);
  }
  const unknown = Object.keys(value).find((field) => !pluginFields.includes(field));
  if (unknown !== undefined) throw new Error(`${given}: ${unknownName('plugin field', unknown, pluginFields)}`);
  const { error } = pluginSchema.safeParse(value);
  if (error !== undefined) throw new Error(`${given}: this is not a plugin:\n${faultsInWords(error)}`);
  return value;
}

function added(all: Registries, plugin: Plugin, given: string): Registries {
  const larger = <Entry>(
    field: keyof Plugin,
    known: Registry<Entry>,
    entries: readonly Entry[] = [],
    nameOf: (entry: Entry) => string,
  ): Registry<Entry> => {
    const twice = entries.find(
      (entry, at) => known.has(nameOf(entry)) || entries.slice(0, at).some((other) => nameOf(other) === nameOf(entry)),
    );
    if (twice !== undefined) {
      throw new Error(
        `${given}: ${field}: the ${known.what} '${nameOf(twice)}' already exists. Give this one another name.`,
      );
    }
    return known.with(...entries.map((entry) => [nameOf(entry), entry] as const));
  };
  const kind = (entry: { readonly kind: string }): string => entry.kind;
  const name = (entry: { readonly name: string }): string => entry.name;
  return {
    ...all,
    neurons: larger('neurons', all.neurons, plugin.neurons, kind),
    activations: larger('activations', all.activations, plugin.activations, kind),
    siteConversions: larger(
      'siteConversions',
      all.siteConversions,
      plugin.siteConversions,
      (entry) => entry.activation,
    ),
    methods: larger('methods', all.methods, plugin.methods, name),
    models: larger('models', all.models, plugin.models, name),
    detectors: larger('detectors', all.detectors, plugin.detectors, name),
    datasets: larger('datasets', all.datasets, plugin.datasets, name),
    boxDatasets: larger('boxDatasets', all.boxDatasets, plugin.boxDatasets, name),
  };
}
