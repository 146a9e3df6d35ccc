// Runs in a page: `globalThis.training` holds what the test asks for. Every function resolves to plain data.
import '@tensorflow/tfjs-backend-cpu';
import { convert } from '@rheobase/converter';
import { batches, defaultNormalizations, glyphs } from '@rheobase/datasets';
import { bind, startTensorBackend } from '@rheobase/execution';
import { clipSites, glyphNet, vggSmall } from '@rheobase/models';
import { randomStream } from '@rheobase/network';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { constantRate, crossEntropy, fit } from '@rheobase/training';
import * as tf from '@tensorflow/tfjs-core';

const training = { kind: 'training', random: randomStream(1) } as const;
const normalization = defaultNormalizations.get('unit');

/** Starts the backend, whose files the server has under `/tfjs-wasm/`, and the kernels, and tells what runs. */
async function start(): Promise<{ readonly build: string; readonly threadedBackend: boolean }> {
  await startTensorBackend('/tfjs-wasm/');
  const build = await registerTrainingKernels();
  return { build, threadedBackend: tf.env().getBool('WASM_HAS_MULTITHREAD_SUPPORT') };
}

/** The largest difference of two lists of numbers, as a share of the largest number. */
function difference(actual: Float32Array, expected: Float32Array): number {
  const scale = Math.max(1e-3, ...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] ?? Number.NaN)) / scale));
}

/** Compares what two backends compute: for each name the difference of its values. */
async function compare(
  compute: () => ReadonlyMap<string, tf.Tensor> | Promise<ReadonlyMap<string, tf.Tensor>>,
): Promise<Readonly<Record<string, number>>> {
  const on = async (backend: string): Promise<Map<string, Float32Array>> => {
    await tf.setBackend(backend);
    const values = new Map<string, Float32Array>();
    for (const [name, tensor] of await compute()) {
      values.set(name, Float32Array.from(await tensor.data<'float32'>()));
      tensor.dispose();
    }
    return values;
  };
  const expected = await on('cpu');
  const actual = await on('wasm');
  return Object.fromEntries(
    [...expected].map(([name, values]) => [name, difference(actual.get(name) ?? new Float32Array(), values)]),
  );
}

/** Gradients of a network with convolutions, batch norms, clips and poolings, against tfjs' backend `cpu`. */
async function networkGradients(pooling: 'average' | 'max'): Promise<Readonly<Record<string, number>>> {
  const network = vggSmall({
    seed: 1,
    inputShape: [12, 12, 3],
    widths: [6, 9],
    convolutions: 1,
    pooling,
    activation: clipSites(2),
  });
  const images = Float32Array.from({ length: 4 * 12 * 12 * 3 }, (_, i) => Math.sin(0.7 * i * i));
  return compare(() => {
    const bound = bind(network);
    const trained = [...bound.live].filter(([name]) => network.parameters.get(name)?.role !== 'statistic');
    const gradients = tf.tidy(() => {
      const { value, grads } = tf.variableGrads(
        () => {
          const { outputs } = bound.run(tf.tensor(images, [4, 12, 12, 3]), { mode: training });
          const logits = outputs.get('output');
          if (logits === undefined) throw new Error('The network has no node named output.');
          return crossEntropy().evaluate(tf.reshape(logits, [4, 10]), { labels: tf.tensor1d([0, 3, 6, 9], 'int32') });
        },
        trained.map(([, variable]) => variable),
      );
      return {
        loss: value,
        ...Object.fromEntries(trained.map(([name, { name: own }]) => [name, grads[own] ?? value])),
      };
    });
    bound.dispose();
    return new Map(Object.entries(gradients));
  });
}

/** The gradient of a dilated convolution's filter: how often each tap lies on the image. */
function dilatedGradient(): readonly number[] {
  return tf.tidy(() => {
    const images = tf.ones<tf.Rank.R4>([1, 5, 5, 1]);
    const gradient = tf.grad((filter) => tf.sum(tf.conv2d(images, filter as tf.Tensor4D, 1, 'same', 'NHWC', 2)));
    return [...gradient(tf.ones([3, 3, 1, 1])).dataSync()];
  });
}

/** Trains on procedural images, converts, and simulates. */
async function train(): Promise<{
  readonly losses: readonly number[];
  /** How many there are after each epoch, while the network is bound. */
  readonly tensors: readonly number[];
  /** How many are left in the end of those made here. */
  readonly tensorsLeft: number;
  readonly spikingOutputs: readonly (readonly number[])[];
}> {
  const source = glyphs({ split: 'train', length: 64 });
  const options = { batchSize: 32, normalization, order: 'shuffled' } as const;
  const losses: number[] = [];
  const before = tf.memory().numTensors;
  const tensors: number[] = [];
  const bound = bind(glyphNet({ seed: 0, activation: clipSites(2) }));
  await fit(
    bound,
    { batchesPerEpoch: 2, epoch: (epoch, from) => batches(source, { ...options, epoch, from }) },
    {
      epochs: 15,
      schedule: constantRate(0.05),
      seed: 0,
      onBatch: ({ loss }) => losses.push(loss),
      onEpoch: () => tensors.push(tf.memory().numTensors),
    },
  );
  const trained = bound.snapshot();
  bound.dispose();

  const spiking = bind(convert(trained).network);
  const spikingOutputs: (readonly number[])[] = [];
  const test = glyphs({ split: 'test', length: 20 });
  for await (const { images, shape } of batches(test, { batchSize: 10, normalization })) {
    const batch = tf.tensor(images, [...shape]);
    const { outputs } = spiking.simulate(batch, { steps: 4 });
    spikingOutputs.push(...[...outputs.values()].map((output) => output.shape));
    batch.dispose();
  }
  spiking.dispose();
  return { losses, tensors, tensorsLeft: tf.memory().numTensors - before, spikingOutputs };
}

Object.assign(globalThis, { training: { start, networkGradients, dilatedGradient, train } });
