import { toInteger } from '@rheobase/converter';
import type { Network } from '@rheobase/network';
import { encodeNetwork, isSpiking, NetworkError } from '@rheobase/network';
import type { RandomNetworkOptions } from '@rheobase/testing';
import {
  builtInNeurons,
  neuronSite,
  randomChance,
  randomFeatures,
  randomNetwork,
  unusualFeatures,
} from '@rheobase/testing';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

const allFeatures = [...randomFeatures.filter((feature) => feature !== 'batchNorm'), ...unusualFeatures];

type Thresholds = Parameters<typeof neuronSite>[1];
type ReadOut = NonNullable<RandomNetworkOptions['readOut']>;

/** Of some features only, so that whatever they are, they meet often. */
function spikingNetwork(random: RandomGenerator, thresholds: Thresholds, readOut: ReadOut): Network {
  const features = allFeatures.filter((feature) => randomChance(random, feature === 'extremeGeometry' ? 0.7 : 0.35));
  const network = randomNetwork(random, { features, readOut, site: neuronSite(builtInNeurons, thresholds) });
  return isSpiking(network) ? network : spikingNetwork(random, thresholds, readOut);
}

/** The file of a random spiking network in float32. */
export function floatSample(random: RandomGenerator, readOut: ReadOut = 'any'): Uint8Array {
  return encodeNetwork(spikingNetwork(random, ['layer', 'channel', 'neuron'], readOut));
}

/** The network with integers, if possible: not with bilinear upsampling, and not if sums leave the exact range. */
function inIntegers(network: Network): Network | undefined {
  try {
    return toInteger(network, { inputMaximum: 1 }).network;
  } catch (error) {
    if (error instanceof NetworkError) return undefined;
    throw error;
  }
}

/** The file of a random integer network. */
export function integerSample(random: RandomGenerator, readOut: ReadOut = 'any'): Uint8Array {
  const network = inIntegers(spikingNetwork(random, ['layer', 'channel'], readOut));
  return network === undefined ? integerSample(random, readOut) : encodeNetwork(network);
}
