import { decodeNetwork, encodeNetwork } from '@rheobase/network';
import { integrateAndFireSite, quantClipSite, randomFeatures, randomNetwork } from '@rheobase/testing';
import { changedBytes, changedSafetensors, type FuzzTarget, mutatedSamples } from '@rheobase/testing/fuzz';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Random network files: the nodes are JSON in the header's metadata. */
export function networkTarget(): FuzzTarget {
  const samples = [0, 1, 2, 3, 4, 5].map((seed) =>
    encodeNetwork(
      randomNetwork(xoroshiro128plus(seed), {
        features: randomFeatures,
        site: seed % 2 === 0 ? integrateAndFireSite : quantClipSite(4),
      }),
    ),
  );
  return {
    extension: '.safetensors',
    named: 'the-file',
    generate: mutatedSamples(samples, changedSafetensors, changedSafetensors, changedBytes),
    run: (input) => encodeNetwork(decodeNetwork(input, 'the-file')),
  };
}
