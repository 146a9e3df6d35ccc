import { decodeNetwork } from '@rheobase/network';
import { randomChance, randomChoice } from '@rheobase/testing';
import { changedNodes, changedSafetensors, type FuzzTarget, mutatedSamples } from '@rheobase/testing/fuzz';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { compareEngines } from '../engines/compare-engines.js';
import { floatSample, integerSample } from '../engines/spiking-samples.js';

/** A number that follows from the bytes, from 0 on. */
function seedOf(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => (Math.imul(hash, 31) + byte) >>> 0, 7) % 1_000_003;
}

function engineTarget(generate: (random: RandomGenerator) => Uint8Array): FuzzTarget {
  return {
    extension: '.safetensors',
    named: 'the-file',
    generate,
    run: (input) => compareEngines(decodeNetwork(input, 'the-file'), seedOf(input)),
  };
}

/** Random spiking networks in float32, on both engines. */
export const floatEnginesTarget = (): FuzzTarget => engineTarget((random) => floatSample(random));

/** Random integer networks, which must agree in every bit. */
export const integerEngineTarget = (): FuzzTarget => engineTarget((random) => integerSample(random));

/** Files of spiking networks with other values in fields of their nodes: refused, or right. */
export const changedEnginesTarget = (): FuzzTarget =>
  engineTarget((random) => {
    // Read out in a way that fits whatever becomes of the image.
    const sample = (randomChance(random, 0.5) ? floatSample : integerSample)(random, 'mean');
    return mutatedSamples([sample], randomChoice(random, [changedNodes, changedNodes, changedSafetensors]))(random);
  });
