// How fast the kernels are that move memory rather than multiply, in milliseconds and GB/s (what they must read and write at
// the least), against the same composed from tfjs' own operations:
//
//   node apps/bench/scripts/element-kernels.mjs [--json]
//
// Contenders take turns and the fastest round of nine counts, so that other work on the machine falls out.
import { textTable } from '@rheobase/network';
import {
  adamWUpdate,
  batchStatistics,
  columnSums,
  globalAveragePool,
  globalNorm,
  movingAverageUpdate,
  normalizeByBatch,
  normalizeByMoments,
  registerTrainingKernels,
  sgdUpdate,
  subsample,
} from '@rheobase/tfjs-wasm-training';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

await tf.setBackend('wasm');
await registerTrainingKernels();

const batch = 128;
const layers = [
  [batch, 32, 32, 16],
  [batch, 16, 16, 32],
  [batch, 8, 8, 64],
];
const normal = (shape) => tf.randomNormal(shape);
const variableOf = (shape) => tf.tidy(() => tf.variable(tf.abs(normal(shape)), false));

/** The backward pass alone: forward outside, then the gradient of what was recorded. */
function backward(f, inputs) {
  const dy = tf.tidy(() => normal(f(...inputs).shape));
  const both = tf.valueAndGrads(f);
  return () => tf.dispose(both(inputs, dy));
}

const run = (name, inputs, attributes) => () => tf.dispose(tf.engine().runKernel(name, inputs, attributes));

/** What is measured: `passes` counts how often the layer's values are read or written. */
function* cases() {
  for (const shape of layers) {
    const channels = shape.at(-1);
    const [x, dy] = [normal(shape), normal(shape)];
    const [gamma, beta] = [variableOf([channels]), variableOf([channels])];
    const own = batchStatistics(x);
    const values = x.size;
    const at = `[${shape.join(', ')}]`;
    yield { name: 'column sums', at, values, passes: 1, act: () => columnSums(x).dispose() };
    yield {
      name: 'batch statistics',
      at,
      values,
      passes: 1,
      act: () => {
        const { mean, variance } = batchStatistics(x);
        tf.dispose([mean, variance]);
      },
    };
    const normalize = () => normalizeByBatch(x, gamma, beta, own, 1e-5);
    yield { name: 'batch norm', at, values, passes: 2, act: () => tf.tidy(() => void normalize()) };
    yield {
      name: 'batch norm, forward and backward',
      at,
      values,
      passes: 7,
      act: backward((a, b, c) => normalizeByBatch(a, b, c, own, 1e-5), [x, gamma, beta]),
    };
    yield {
      name: 'by moments, forward and backward',
      at,
      values,
      passes: 5,
      act: backward((a, b, c) => normalizeByMoments(a, b, c, own, 1e-5), [x, gamma, beta]),
    };
    yield {
      name: 'pad channels by half, both ways',
      at,
      values,
      passes: 5,
      composed: false,
      act: backward(
        (a) =>
          tf.pad(a, [
            [0, 0],
            [0, 0],
            [0, 0],
            [channels / 4, channels / 4],
          ]),
        [x],
      ),
    };
    yield {
      name: 'average pool 2×2, both ways',
      at,
      values,
      passes: 2.5,
      composed: false,
      act: backward((a) => tf.avgPool(a, 2, 2, 'valid'), [x]),
    };
    yield { name: 'add', at, values, passes: 3, act: () => tf.add(x, dy).dispose() };
    yield {
      name: 'global average pool, both ways',
      at,
      values,
      passes: 2,
      act: backward((a) => globalAveragePool(a), [x]),
    };
    yield {
      name: 'subsample by 2, both ways',
      at,
      values,
      passes: 1.5,
      act: backward((a) => subsample(a, [2, 2]), [x]),
    };
    yield {
      name: 'max pool 2×2, both ways',
      at,
      values,
      passes: 3.75,
      composed: false,
      act: backward((a) => tf.maxPool(a, 2, 2, 'valid'), [x]),
    };
  }
  const shape = [512, 512];
  const [w, v, s] = [variableOf(shape), variableOf(shape), variableOf(shape)];
  const g = normal(shape);
  const at = `[${shape.join(', ')}]`;
  const values = g.size;
  const sgd = { learningRate: 1e-9, momentum: 0.9, nesterov: false, decay: 1e-4 };
  const adam = { learningRate: 1e-9, decay: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, steps: 1 };
  yield { name: 'SGD with momentum', at, values, passes: 5, act: () => sgdUpdate(w, v, g, sgd) };
  yield { name: 'AdamW', at, values, passes: 7, act: () => adamWUpdate(w, v, s, g, adam) };
  yield { name: 'moving average', at, values, passes: 3, act: () => movingAverageUpdate(w, g, 0.001) };
  yield { name: 'norm of gradients', at, values, passes: 1, act: () => globalNorm([g]) };
  const dy = normal(layers[0]);
  const inputs = { z: normal(layers[0]), threshold: tf.scalar(1), dy };
  const grid = { levels: 4, lowest: 0, highestPassing: 4, rounding: 2, seed: 1, bound: 429496729 };
  const kernelOnly = { at: `[${layers[0].join(', ')}]`, values: dy.size, composed: false };
  yield { name: 'quant-clip with noise', passes: 2, act: run('RheobaseThresholdGrid', inputs, grid), ...kernelOnly };
  yield { name: 'its gradient', passes: 3, act: run('RheobaseThresholdGridGrad', inputs, grid), ...kernelOnly };
  const byChannel = { ...inputs, threshold: tf.ones(layers[0].slice(-1)) };
  const channels = { ...kernelOnly, passes: 2 };
  yield { ...channels, name: 'the same, θ by channel', act: run('RheobaseThresholdGrid', byChannel, grid) };
  const channelGradient = run('RheobaseThresholdGridGrad', byChannel, grid);
  yield { ...channels, name: 'its gradient, θ by channel', passes: 3, act: channelGradient };
  const bounds = { low: 0, high: Number.POSITIVE_INFINITY };
  yield {
    name: 'gradient of ReLU',
    passes: 3,
    act: run('RheobaseClipGrad', { y: inputs.z, dy }, bounds),
    ...kernelOnly,
  };
}

const own = tf.getKernelsForBackend('wasm').filter(({ kernelName }) => kernelName.startsWith('Rheobase'));
const without = (act) => () => {
  for (const { kernelName } of own) tf.unregisterKernel(kernelName, 'wasm');
  try {
    return time(act);
  } finally {
    for (const kernel of own) tf.registerKernel(kernel);
  }
};

function time(act) {
  const start = performance.now();
  act();
  return performance.now() - start;
}

const results = [...cases()].map(({ name, at, values, passes, act, composed = true }) => {
  const best = { kernel: Number.POSITIVE_INFINITY, composed: Number.POSITIVE_INFINITY };
  for (let round = 0; round < 9; round++) {
    best.kernel = Math.min(best.kernel, time(act));
    if (composed) best.composed = Math.min(best.composed, without(act)());
  }
  return { name, at, milliseconds: best, gigabytesPerSecond: (4 * values * passes) / best.kernel / 1e6 };
});

if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify(results)}\n`);
} else {
  const number = (value) => (Number.isFinite(value) ? value.toFixed(2) : '');
  const rows = results.map(({ name, at, milliseconds, gigabytesPerSecond }) => [
    name,
    at,
    ...[milliseconds.kernel, gigabytesPerSecond, milliseconds.composed].map(number),
  ]);
  process.stdout.write(`${textTable([['kernel', 'shape', 'ms', 'GB/s', 'composed, ms'], ...rows])}\n`);
}
