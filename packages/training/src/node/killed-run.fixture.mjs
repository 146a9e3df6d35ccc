// A run that a test kills and starts again: trains a tiny network whose noise, averages and best epoch all have to survive, and
// writes it down when it is done. It prints a dot after every batch. Arguments: the file for the checkpoint, that for the network.
import { bind, startTensorBackend } from '@rheobase/execution';
import { evenPadding, float32Parameter, networkBuilder } from '@rheobase/network';
import { writeNetworkFile } from '@rheobase/network/node';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { adamW, cosine, fit, heldOutAccuracy } from '@rheobase/training';
import { fileCheckpoints } from '@rheobase/training/node';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const [checkpoint, network] = process.argv.slice(2);
const [batchSize, batchesPerEpoch, pixels] = [8, 15, 16];

function numbers(length, seed) {
  const random = xoroshiro128plus(seed);
  return Float32Array.from({ length }, () => random.next() / 2 ** 31);
}

const ofShape = (role, shape, seed) =>
  float32Parameter(
    role,
    shape,
    numbers(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
  );

function tinyNetwork() {
  const build = networkBuilder();
  const x = build.input('x', [4, 4, 1]);
  const conv = build.conv2d('conv', x, { weight: ofShape('weight', [3, 3, 1, 4], 1), padding: evenPadding(1) });
  const norm = build.batchNorm('bn', conv, {
    scale: float32Parameter('scale', [4], [1, 1, 1, 1]),
    offset: float32Parameter('bias', [4], [0, 0, 0, 0]),
    mean: float32Parameter('statistic', [4], [0, 0, 0, 0]),
    variance: float32Parameter('statistic', [4], [1, 1, 1, 1]),
    epsilon: 1e-5,
  });
  const site = build.activation('site', norm, {
    kind: 'quant-clip',
    parameters: { threshold: float32Parameter('threshold', [], [2]) },
    attributes: { levels: 4 },
  });
  const flat = build.node({ op: 'flatten', name: 'flat', inputs: [site] });
  build.output('y', build.dense('fc', flat, { weight: ofShape('weight', [64, 2], 2) }));
  return build.build();
}

/** The class says whether the first pixel is brighter than the last. */
function batch(seed) {
  const images = numbers(batchSize * pixels, seed);
  const labels = Int32Array.from({ length: batchSize }, (_, i) =>
    images[i * pixels] > images[i * pixels + pixels - 1] ? 1 : 0,
  );
  return { images, shape: [batchSize, 4, 4, 1], labels };
}

await startTensorBackend();
await registerTrainingKernels({ deterministic: true });
const bound = bind(tinyNetwork());
await fit(
  bound,
  {
    batchesPerEpoch,
    async *epoch(epoch, from) {
      for (let i = from / batchSize; i < batchesPerEpoch; i++) yield batch(1000 * epoch + i);
    },
  },
  {
    epochs: 4,
    seed: 5,
    schedule: cosine(0.02),
    optimizer: adamW({ weightDecay: { weight: 0.01 } }),
    averageDecay: 0.8,
    validate: heldOutAccuracy(async function* () {
      yield batch(-1);
    }),
    checkpoints: { store: fileCheckpoints(checkpoint), everyBatches: 2 },
    onBatch: () => process.stdout.write('.'),
  },
);
await writeNetworkFile(network, bound.snapshot());
bound.dispose();
