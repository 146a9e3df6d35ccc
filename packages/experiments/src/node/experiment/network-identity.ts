import type { OptionTable } from '@rheobase/models';

/** An architecture with its options. */
interface Chosen {
  readonly model: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * A network as the identity of a run has it. Some models took the average where no pooling was given, and take the maximum now: runs of
 * theirs say so, lest one that was begun with the average is resumed with the maximum. All others are what they were.
 */
export function networkIdentity<Network extends Chosen>(network: Network, options: OptionTable): Network {
  if (options['pooling']?.default !== 'max' || network.options['pooling'] !== undefined) return network;
  return { ...network, options: { ...network.options, pooling: 'max' } };
}
