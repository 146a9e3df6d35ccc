import type { Network, OptionTable, OptionValues } from '@rheobase/network';
import { optionValues } from '@rheobase/network';
import type { Layers } from './layers.js';
import { layers } from './layers.js';
import type { StandardOptions } from './options.js';
import { commonOptions } from './options.js';

/** A network architecture with its options: what a registry of models holds. */
export interface ModelFamily {
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  /** The paper or program that it comes from. */
  readonly source: string;
  /** Its options with their defaults; among them `inputShape`. */
  readonly options: OptionTable;
  /** Name of the normalization that the inputs of this model usually have, as in `@rheobase/datasets`. */
  readonly normalization: string;
  /**
   * A new network with one input node `input` and one output node `output`, which gives one logit a class.
   *
   * @throws if an option is unknown or its value is not accepted, or the input is too small for the architecture.
   */
  build(options?: Readonly<Record<string, unknown>>): Network;
}

type CommonTable = ReturnType<typeof commonOptions>;

/** A {@link ModelFamily} whose options have types. */
export interface TypedModelFamily<Own extends OptionTable> extends ModelFamily {
  readonly options: Own & CommonTable;
  build(options?: Partial<OptionValues<Own & CommonTable>>): Network;
}

/** Builds a network of one family. */
export type ModelFunction<Own extends OptionTable> = TypedModelFamily<Own>['build'];

/**
 * A family from its options and a function that adds its layers between the input node and the logits. To its own options
 * come those that all families have: `classes`, `inputShape`, `activation`, `initialization` and `seed`.
 *
 * The network's metadata has the model's name as `model`, and each option that is a word, a number or a list.
 */
export function modelFamily<const Own extends OptionTable>(definition: {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  readonly normalization: string;
  /** Defaults of the common options. */
  readonly standard: StandardOptions;
  readonly options: Own;
  /** Adds the layers; returns the node of the logits, `[classes]`. */
  readonly construct: (
    layers: Layers,
    input: string,
    options: OptionValues<Own> & { readonly classes: number },
  ) => string;
}): TypedModelFamily<Own> {
  const { name, summary, source, normalization, standard, options: own, construct } = definition;
  const common = commonOptions(standard);
  const options = { ...own, ...common };
  return {
    name,
    summary,
    source,
    normalization,
    options,
    build: (given = {}) => {
      const ownValues = optionValues(name, own, given, common);
      const { classes, inputShape, activation, initialization, seed } = optionValues(name, common, given, own);
      const network = layers({ activation, initialization, seed });
      const input = network.input('input', inputShape);
      network.output('output', construct(network, input, { ...ownValues, classes }));
      const described = Object.entries({ ...ownValues, classes, inputShape, initialization, seed });
      return network.build({
        model: name,
        ...Object.fromEntries(described.map(([option, value]) => [option, String(value)])),
      });
    },
  };
}
