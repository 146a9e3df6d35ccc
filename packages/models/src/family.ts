import type { OptionTable, OptionValues } from '@rheobase/network';
import { optionValues } from '@rheobase/network';
import type { Layers } from './layers.js';
import { layers } from './layers.js';
import type { ModelFamily, TypedModelFamily } from './model-family.js';
import type { StandardOptions } from './options.js';
import { commonOptions } from './options.js';

export type CommonTable = ReturnType<typeof commonOptions>;

/** A family's description, its options, and how it is constructed. */
export interface FamilyDefinition<Own extends OptionTable, Constructed>
  extends Pick<ModelFamily, 'name' | 'summary' | 'source' | 'normalization'> {
  /** Defaults of the common options. */
  readonly standard: StandardOptions;
  readonly options: Own;
  /** Adds the layers between the input node and what it returns. */
  readonly construct: (
    layers: Layers,
    input: string,
    options: OptionValues<Own> & { readonly classes: number },
  ) => Constructed;
}

/**
 * A family from its definition. To its own options come those that all families have: `classes`, `inputShape`, `activation`,
 * `initialization` and `seed`.
 *
 * @param finish adds the output nodes, and returns the network's metadata apart from the model's name; `words` are the options that are a
 *   word, a number or a list, as text
 */
export function family<Own extends OptionTable, Constructed>(
  definition: FamilyDefinition<Own, Constructed>,
  finish: (
    network: Layers,
    constructed: Constructed,
    common: OptionValues<CommonTable>,
    words: Readonly<Record<string, string>>,
  ) => Readonly<Record<string, string>>,
): TypedModelFamily<Own> {
  const { name, summary, source, normalization, standard, options: own, construct } = definition;
  const common = commonOptions(standard);
  return {
    name,
    summary,
    source,
    normalization,
    options: { ...own, ...common },
    build: (given = {}) => {
      const ownValues = optionValues(name, own, given, common);
      const values = optionValues(name, common, given, own);
      const { classes, inputShape, activation, initialization, seed } = values;
      const network = layers({ activation, initialization, seed });
      const constructed = construct(network, network.input('input', inputShape), { ...ownValues, classes });
      const described = Object.entries({ ...ownValues, classes, inputShape, initialization, seed });
      const words = Object.fromEntries(described.map(([option, value]) => [option, String(value)]));
      return network.build({ model: name, ...finish(network, constructed, values, words) });
    },
  };
}
