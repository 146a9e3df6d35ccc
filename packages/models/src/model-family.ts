import type { Network, OptionTable, OptionValues } from '@rheobase/network';
import { type CommonTable, family, type FamilyDefinition } from './family.js';

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

/** A {@link ModelFamily} whose options have types. */
export interface TypedModelFamily<Own extends OptionTable> extends ModelFamily {
  readonly options: Own & CommonTable;
  build(options?: Partial<OptionValues<Own & CommonTable>>): Network;
}

/** Builds a network of one family. */
export type ModelFunction<Own extends OptionTable> = TypedModelFamily<Own>['build'];

/**
 * A {@link family} whose construction returns the node of the logits, `[classes]`.
 *
 * The network's metadata has the model's name as `model`, and each option that is a word, a number or a list.
 */
export function modelFamily<const Own extends OptionTable>(
  definition: FamilyDefinition<Own, string>,
): TypedModelFamily<Own> {
  return family(definition, (network, logits, _, words) => {
    network.output('output', logits);
    return words;
  });
}
