import { defaultActivations } from '@rheobase/activations';
import { defaultSiteConversions } from '@rheobase/converter';
import { defaultBoxDatasets, defaultDatasets } from '@rheobase/datasets/node';
import { defaultMethods } from '@rheobase/methods';
import { defaultDetectors, defaultModels } from '@rheobase/models';
import { defaultNeurons } from '@rheobase/neurons';

/** A plugin whose entries are in registries. */
export interface PluginSource {
  /** Absolute, with links followed. */
  readonly file: string;
  /** SHA-256 of it, and of the files that it imports by relative paths; by path from its folder. */
  readonly hashes: Readonly<Record<string, string>>;
}

const builtIn = {
  activations: defaultActivations,
  siteConversions: defaultSiteConversions,
  neurons: defaultNeurons,
  methods: defaultMethods,
  models: defaultModels,
  detectors: defaultDetectors,
  datasets: defaultDatasets,
  boxDatasets: defaultBoxDatasets,
} as const;

/** The registries by what they hold; a plugin adds entries under the same names. */
export type RegistriesByField = typeof builtIn;

/** Everything that a run looks up by name. The built-in entries, or these and those of plugins. */
export type Registries = RegistriesByField & { readonly plugins: readonly PluginSource[] };

/** The built-in entries. */
export const defaultRegistries: Registries = { ...builtIn, plugins: [] };

/**
 * Hashes of the plugins' files, which are their part in the identity of a run. Nothing where there are no plugins. A name that two plugins
 * share is numbered.
 */
export function pluginHashes({ plugins }: Registries): Readonly<Record<string, string>> | undefined {
  if (plugins.length === 0) return undefined;
  const hashes = new Map<string, string>();
  for (const [name, sha256] of plugins.flatMap((plugin) => Object.entries(plugin.hashes))) {
    let free = name;
    for (let number = 2; hashes.has(free); number++) free = `${name} (${number})`;
    hashes.set(free, sha256);
  }
  return Object.fromEntries(hashes);
}
