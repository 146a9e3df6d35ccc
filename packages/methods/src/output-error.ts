import { bind, disposeScope, type ModelRegistries, usingResult } from '@rheobase/execution';
import type { ImageBatch, Network } from '@rheobase/network';
import { inBatches } from '@rheobase/network';
import { tensor } from '@tensorflow/tfjs-core';

const mostAtOnce = 50;

/**
 * The mean over images and outputs of (read-out after T steps − output of the analog network)².
 *
 * @param registries models from outside; default: the built-in ones
 */
export function outputError(
  analog: Network,
  spiking: Network,
  images: ImageBatch,
  steps: number,
  registries: Partial<ModelRegistries> = {},
): number {
  const scope = disposeScope();
  let [sum, count] = [0, 0];
  try {
    const [source, neurons] = [scope.add(bind(analog, registries)), scope.add(bind(spiking, registries))];
    const batchSize = Math.min(...[source, neurons].map((bound) => bound.fittingBatch({ most: mostAtOnce })));
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
