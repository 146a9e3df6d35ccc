import { decodeOnnx, encodeOnnx } from '@rheobase/interop';
import { clipSite, quantClipSite, randomFeatures, randomNetwork, reluSite } from '@rheobase/testing';
import { changedBytes, changedProtobuf, type FuzzTarget, mutatedSamples } from '@rheobase/testing/fuzz';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** ONNX models of random networks, changed as protocol buffers and as bytes. */
export function onnxTarget(): FuzzTarget {
  const sites = [reluSite, clipSite, quantClipSite(4)];
  const samples = [0, 1, 2, 3, 4, 5].map((seed) => {
    const site = sites[seed % sites.length] ?? reluSite;
    return encodeOnnx(randomNetwork(xoroshiro128plus(seed), { features: randomFeatures, site }));
  });
  return {
    extension: '.onnx',
    named: 'the-file',
    generate: mutatedSamples(samples, changedProtobuf, changedProtobuf, changedProtobuf, changedBytes),
    run: (input) => decodeOnnx(input, 'the-file'),
  };
}
