import { bind, disposeScope, type ModelRegistries, usingResult } from '@rheobase/execution';
import type { ImageBatch, Network } from '@rheobase/network';
import { inBatches } from '@rheobase/network';
import { tensor } from '@tensorflow/tfjs-core';

const mostAtOnce = 50;

/** How far the outputs of a spiking network are from those of the analog one. */
export interface OutputDistance {
  /** Σ (read-out after T steps − output of the analog network)² over Σ output². */
  readonly distance: number;
  /** Share of the images whose greatest output is the same, in every output. */
  readonly agreement: number;
}

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
  let [sum, count] = [0, 0];
  compareOutputs(analog, spiking, images, steps, registries, (should, is) => {
    for (let i = 0; i < should.length; i++) sum += ((is[i] ?? 0) - (should[i] ?? 0)) ** 2;
    count += should.length;
  });
  return sum / count;
}

/** The distance of a spiking network's outputs, relative to their size. */
export function outputDistance(
  analog: Network,
  spiking: Network,
  images: ImageBatch,
  steps: number,
  registries: Partial<ModelRegistries> = {},
): OutputDistance {
  let [error, size, same, rows] = [0, 0, 0, 0];
  compareOutputs(analog, spiking, images, steps, registries, (should, is, count) => {
    const width = should.length / count;
    for (let i = 0; i < should.length; i++) {
      error += ((is[i] ?? 0) - (should[i] ?? 0)) ** 2;
      size += (should[i] ?? 0) ** 2;
    }
    for (let row = 0; row < count; row++) {
      const [wanted, got] = [should, is].map((values) => greatestAt(values.subarray(row * width, (row + 1) * width)));
      if (wanted === got) same += 1;
    }
    rows += count;
  });
  return { distance: error / size, agreement: same / rows };
}

function greatestAt(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > (values[best] ?? 0) ? i : best), 0);
}

/** Runs both networks on images, and hands over each output's values for a batch: of the analog network, of the spiking one after T steps. */
function compareOutputs(
  analog: Network,
  spiking: Network,
  images: ImageBatch,
  steps: number,
  registries: Partial<ModelRegistries>,
  take: (should: Float32Array, is: Float32Array, count: number) => void,
): void {
  const scope = disposeScope();
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
            take(should, outputs.get(name)?.data.subarray(-should.length) ?? new Float32Array(), batch.shape[0] ?? 0);
          }
        });
      } finally {
        input.dispose();
      }
    }
  } finally {
    scope.dispose();
  }
}
