// How fast the spike convolutions are, in additions of weights per second, on random spikes of several densities, by event lists and
// by tables of sums, over four time steps:
//
//   node packages/spike-kernels/bench/spike-convolution.mjs [--json]
//
// Contenders take turns and the least CPU time of thirty rounds counts, so that other work on the machine falls out.
import {
  bitPositions,
  compileSpikeKernels,
  instantiateSpikeKernels,
  layOut,
  neuronFields,
  packSpikeTables,
  packSpikeWeights,
  resetKinds,
  spikeConvolutionFields,
  spikeConvolutionScratch,
  spikeConvolutionShapeFields,
  wholeSource,
} from '../dist/index.js';

const steps = 4;
const layers = [
  { extent: 32, channels: 16, outputs: 16 },
  { extent: 16, channels: 32, outputs: 32 },
  { extent: 8, channels: 64, outputs: 64 },
  { extent: 8, channels: 256, outputs: 256 },
  { extent: 4, channels: 512, outputs: 512 },
];
const densities = [0.01, 0.05, 0.1, 0.2, 0.5];
const most = 4 * 1024 * 1024;
const module = await compileSpikeKernels();

let state = 1;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

function contender({ extent, channels, outputs }, density, format, tables) {
  const memory = new WebAssembly.Memory({ initial: 1000 });
  const kernels = instantiateSpikeKernels(module, memory);
  let next = 64;
  const room = (bytes) => {
    const address = next;
    next += Math.ceil((bytes + 64) / 64) * 64;
    return address;
  };
  const put = (data) => {
    const address = room(data.byteLength);
    new Uint8Array(memory.buffer, address, data.byteLength).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
    return address;
  };
  const image = [extent, extent];
  const shape = {
    source: { rows: extent, columns: extent, pitch: channels, signed: false },
    window: wholeSource,
    grid: image,
    channels: { first: 0, count: channels },
    kernel: [3, 3],
    stride: [1, 1],
    dilation: [1, 1],
    top: 1,
    left: 1,
    output: image,
    outputs: { first: 0, count: outputs },
  };
  const weights = Int8Array.from({ length: 9 * channels * outputs }, () => Math.floor(random() * 61) - 30);
  const weightAt = (i, j, c, o) => weights[((i * 3 + j) * channels + c) * outputs + o];
  const packed = tables ? packSpikeTables(shape, format, weightAt) : packSpikeWeights(shape, format, weightAt);
  if (packed === undefined || packed.byteLength > (tables ? most : Number.POSITIVE_INFINITY)) return undefined;
  let additions = 0;
  const spikes = Uint32Array.from({ length: extent * extent * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    const reached = (at) => 3 - (at === 0) - (at === extent - 1);
    let word = 0;
    for (let t = 0; t < steps; t++) {
      if (random() >= density) continue;
      word |= 1 << t;
      additions += reached(Math.floor(pixel / extent)) * reached(pixel % extent) * outputs;
    }
    return word;
  });
  const scratch = spikeConvolutionScratch(shape, steps);
  const numbers = (value) => (format === 'i8' ? new Int32Array(outputs) : new Float32Array(outputs)).fill(value);
  const size = 4 * extent * extent * outputs;
  const convolution = layOut(spikeConvolutionFields, {
    ...spikeConvolutionShapeFields(shape),
    ...scratch.fields,
    spikes: put(spikes),
    negativeSpikes: 0,
    steps,
    weights: put(packed),
    tables: tables ? 1 : 0,
    masks: room(scratch.masks),
    lists: room(scratch.lists),
    ends: room(scratch.ends),
    currents: room(scratch.currents),
    bits: put(bitPositions()),
  });
  const neurons = layOut(neuronFields, {
    ...Object.fromEntries(neuronFields.map((field) => [field, 0])),
    channels: outputs,
    base: put(numbers(-3)),
    spikes: room(size),
    kind: resetKinds.soft,
    threshold: put(numbers(100)),
    start: put(numbers(50)),
  });
  const [first, second] = [put(Int32Array.from(convolution)), put(Int32Array.from(neurons))];
  return { additions, run: () => kernels[`${format}_spike_convolution`](first, second) };
}

function time({ run }) {
  const start = process.cpuUsage();
  for (let i = 0; i < 20; i++) run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 20;
}

const results = [];
for (const layer of layers) {
  for (const density of densities) {
    const contenders = ['f32', 'i8'].flatMap((format) =>
      [false, true].flatMap((tables) => {
        const made = contender(layer, density, format, tables);
        return made === undefined ? [] : [{ format, tables, made, best: Number.POSITIVE_INFINITY }];
      }),
    );
    for (let round = 0; round < 30; round++) {
      for (const each of contenders) each.best = Math.min(each.best, time(each.made));
    }
    for (const { format, tables, made, best } of contenders) {
      const by = tables ? 'tables' : 'events';
      results.push({ ...layer, density, format, by, microseconds: best, gigaadditions: made.additions / best / 1e3 });
    }
  }
}

if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify(results)}\n`);
} else {
  for (const { extent, channels, outputs, density, format, by, microseconds, gigaadditions } of results) {
    const layer = `${extent}×${extent}×${channels} → ${outputs}`.padEnd(18);
    const rate = `${100 * density} %`.padStart(5);
    const numbers = [microseconds, gigaadditions].map((value) => value.toFixed(1).padStart(9)).join('');
    process.stdout.write(`${layer}${rate}  ${format.padEnd(4)}${by}${numbers}\n`);
  }
}
