import { bind, disposeScope, fittingBatch, usingResult } from '@rheobase/execution';
import type { ImageBatch, Network } from '@rheobase/network';
import { inBatches } from '@rheobase/network';
import { tensor } from '@tensorflow/tfjs-core';

const mostAtOnce = 50;

/** The mean over images and outputs of (read-out after T steps − output of the analog network)². */
export function outputError(analog: Network, spiking: Network, images: ImageBatch, steps: number): number {
  const batchSize = Math.min(...[analog, spiking].map((network) => fittingBatch(network, { most: mostAtOnce })));
  const scope = disposeScope();
  let [sum, count] = [0, 0];
  try {
    const [source, neurons] = [scope.add(bind(analog)), scope.add(bind(spiking))];
    for (const batch of inBatches(images, batchSize)) {
      const input = tensor(batch.images, [...batch.shape]);
      try {
        const { outputs } = neurons.simulate(input, { steps });
        usingResult(source.run(input, { finite: true }), (wanted) => {
          for (const [name, value] of wanted.outputs) {
            const should = value.dataSync<'float32'>();
            const is = outputs.get(name)?.data.subarray(-should.length) ?? new Float32Array();
            for (let i = 0; i < should.length; i++) sum += ((is[i] ?? 0) - (should[i] ?? 0)) ** 2;
            count += should.length;
          }
        });
      } finally {
        input.dispose();
      }
    }
    return sum / count;
  } finally {
    scope.dispose();
  }
}
