import type { Network, Parameter } from '@rheobase/network';
import { float32Parameter, isSpiking, knownNeurons, NetworkError } from '@rheobase/network';
import { networkArbitrary, neuronSite, randomFeatures } from '@rheobase/testing';
import type fc from 'fast-check';
import { writeNir } from './write-nir.js';

/** Every parameter moved to a multiple of 1/32, θ to a power of two, so that float32 and float64 add exactly, in any order. */
function dyadic(network: Network): Network {
  const parameters = new Map<string, Parameter>();
  for (const [name, { role, shape, data }] of network.parameters) {
    const rounded = Float32Array.from(data, (value) =>
      role === 'threshold' ? 2 ** Math.round(Math.log2(value)) : Math.floor(value * 32 + 0.5) / 32,
    );
    parameters.set(name, float32Parameter(role, shape, rounded));
  }
  return { ...network, parameters };
}

/** Not in NIR, or not exact as their divisors are no powers of two. */
const left = ['batchNorm', 'maxPool', 'upsample', 'avgPool', 'denseHidden'];
const kinds = ['if', 'if-hard', 'if-above', 'if-hard-above'];

/** Spiking networks of which NIR can say most, exact in float32. */
export const nirNetworks: fc.Arbitrary<Network> = networkArbitrary({
  site: neuronSite(
    kinds.map((kind) => knownNeurons.get(kind)),
    ['layer', 'channel', 'neuron'],
  ),
  features: [...randomFeatures.filter((feature) => !left.includes(feature)), 'sumPool', 'scale'],
})
  .filter(isSpiking)
  .map(dyadic);

/** The network as a file; nothing where NIR has no word for a part of it. */
export async function writtenOf(network: Network): Promise<Uint8Array | undefined> {
  try {
    return (await writeNir(network)).bytes;
  } catch (error) {
    if (error instanceof NetworkError) return undefined;
    throw error;
  }
}

/** Frames for a network's one input: multiples of 1/32 from −1 to 2. */
export function framesFor({ nodes }: Network, steps: number, seed: number): readonly Float32Array[] {
  const input = nodes.find((node) => node.op === 'input');
  const size = input?.op === 'input' ? input.shape.reduce((product, length) => product * length, 1) : 0;
  let state = seed >>> 0;
  const draw = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * 97 - 32) / 32;
  };
  return Array.from({ length: steps }, () => Float32Array.from({ length: size }, draw));
}
