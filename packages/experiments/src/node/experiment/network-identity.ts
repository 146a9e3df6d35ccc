import type { OptionTable } from '@rheobase/network';

/** An architecture with its options. */
interface Chosen {
  readonly model: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * A network as the identity of a run has it. Some models took the average where no pooling was given, and take the maximum now: runs of
 * theirs say so, so that one started with average pooling is not resumed with max pooling. All others are unchanged.
 */
export function networkIdentity<Network extends Chosen>(network: Network, options: OptionTable): Network {
  if (options['pooling']?.default !== 'max' || network.options['pooling'] !== undefined) return network;
  return { ...network, options: { ...network.options, pooling: 'max' } };
}
