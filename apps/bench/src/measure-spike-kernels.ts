import {
  bitPositions,
  compileSpikeKernels,
  instantiateSpikeKernels,
  layOut,
  neuronFields,
  packSpikeTables,
  packSpikeWeights,
  paddedChannels,
  spikeConvolutionFields,
  spikeConvolutionScratch,
  spikeConvolutionShapeFields,
  type SpikeConvolutionShape,
  type SpikeKernels,
  spikeTableBytes,
  type WeightFormat,
} from '@rheobase/spike-kernels';
import { peakAdditions } from './peak-additions.js';

/** A convolution and its input spikes. */
export interface SpikeKernelCase {
  readonly layer: string;
  readonly shape: SpikeConvolutionShape;
  /** Spike words `[rows, columns, pitch]` of the source, bit t for step t. */
  readonly spikes: Uint32Array;
  /** T. */
  readonly steps: number;
}

/** How a kernel adds up a layer's weights: from a list of events, or from tables of sums. */
export type SpikeKernelWay = 'events' | 'tables';

/** The speed of one kernel on one case. */
export interface SpikeKernelMeasurement {
  readonly layer: string;
  readonly format: WeightFormat;
  readonly by: SpikeKernelWay;
  /** Fraction of the presynaptic neurons that fire per step. */
  readonly density: number;
  /** Weights added because of spikes, over all steps; zeros of padding do not count. */
  readonly additions: number;
  /** Time of a call including its neurons: the minimum over all rounds. */
  readonly microseconds: number;
  /** Billion weights added per second. */
  readonly gigaadditions: number;
  /** Fraction of the speed of the bare loop of the same instructions. With tables it may exceed 1: one addition replaces up to eight. */
  readonly shareOfPeak: number;
}

/** Billion additions per second of the bare loop, by number format. */
export type PeakSpeeds = Readonly<Record<WeightFormat, number>>;

export interface SpikeKernelBenchmark {
  readonly peaks: PeakSpeeds;
  readonly measurements: readonly SpikeKernelMeasurement[];
}

export interface SpikeKernelBenchmarkOptions {
  /** Elapsed microseconds of CPU time, or of any other clock. */
  readonly clock: () => number;
  /** Rounds per contender. Default: 30. */
  readonly rounds?: number;
  /** Greatest size of tables of sums that are measured. Default: 4 MiB. */
  readonly tableBytes?: number;
  /** Called after each case. */
  readonly onCase?: (done: number, total: number) => void;
}

const formats: readonly WeightFormat[] = ['f32', 'i8'];
const callsOfRound = 10;

/**
 * Measures the spike convolutions in weights added per second, by events and by tables of sums, in float32 and int8, against the bare loop that loads
 * weights and adds them. All contenders, including the bare loops, take turns, and the fastest round counts.
 */
export async function measureSpikeKernels(
  cases: readonly SpikeKernelCase[],
  { clock, rounds = 30, tableBytes = 4 * 1024 * 1024, onCase = () => undefined }: SpikeKernelBenchmarkOptions,
): Promise<SpikeKernelBenchmark> {
  const module = await compileSpikeKernels();
  const loops = await Promise.all(
    formats.flatMap((format) => [4, 8].map(async (width) => ({ format, ...(await peakAdditions(format, width)) }))),
  );
  const peaks = { f32: 0, i8: 0 };
  const found: Omit<SpikeKernelMeasurement, 'shareOfPeak'>[] = [];
  for (const [index, given] of cases.entries()) {
    const contenders = formats
      .flatMap((format) => [contender(given, format, 'events'), tableContender(given, format, tableBytes)])
      .flatMap((made) => (made === undefined ? [] : [{ ...made, run: made.into(module), best: Infinity }]));
    const additions = additionsOf(given);
    for (let round = 0; round < rounds; round++) {
      for (const each of contenders) each.best = Math.min(each.best, timeOf(each.run, callsOfRound, clock));
      for (const { format, run, additions: done } of loops) {
        peaks[format] = Math.max(peaks[format], done / timeOf(run, 1, clock) / 1000);
      }
    }
    for (const { format, by, best } of contenders) {
      found.push({
        layer: given.layer,
        format,
        by,
        density: densityOf(given),
        additions,
        microseconds: best,
        gigaadditions: additions / best / 1000,
      });
    }
    onCase(index + 1, cases.length);
  }
  return {
    peaks,
    measurements: found.map((own) => ({ ...own, shareOfPeak: own.gigaadditions / peaks[own.format] })),
  };
}

/** Microseconds that a call takes. */
function timeOf(run: () => void, calls: number, clock: () => number): number {
  const start = clock();
  for (let i = 0; i < calls; i++) run();
  return Math.max(clock() - start, 1) / calls;
}

interface MadeContender {
  readonly format: WeightFormat;
  readonly by: SpikeKernelWay;
  readonly into: (module: object) => () => void;
}

function tableContender(given: SpikeKernelCase, format: WeightFormat, most: number): MadeContender | undefined {
  const bytes = spikeTableBytes(given.shape, format);
  return bytes === undefined || bytes > most ? undefined : contender(given, format, 'tables');
}

/** Integers up to 30, the same for both formats, so that their tables' sums fit 16 bits. */
function weightAt(row: number, column: number, channel: number, output: number): number {
  const mixed = Math.imul(row * 7 + column * 31 + channel * 131 + output * 1031 + 1, 0x9e3779b1) >>> 0;
  return (mixed % 61) - 30;
}

function contender(
  { shape, spikes, steps }: SpikeKernelCase,
  format: WeightFormat,
  by: SpikeKernelWay,
): MadeContender | undefined {
  const packed = by === 'tables' ? packSpikeTables(shape, format, weightAt) : packSpikeWeights(shape, format, weightAt);
  if (packed === undefined) return undefined;
  const scratch = spikeConvolutionScratch(shape, steps);
  const outputs = paddedChannels(shape.outputs.count);
  const neurons = shape.output[0] * shape.output[1] * outputs;
  const filled = (value: number): Int32Array | Float32Array =>
    (format === 'i8' ? new Int32Array(outputs) : new Float32Array(outputs)).fill(value);
  const into = (module: object): (() => void) => {
    const constants = packed.byteLength + spikes.byteLength + 4 * neurons + 65_536;
    const needed = constants + scratch.masks + scratch.lists + scratch.ends + scratch.currents;
    const memory = new WebAssembly.Memory({ initial: Math.ceil(needed / 65_536) + 1 });
    const kernels: SpikeKernels = instantiateSpikeKernels(module, memory);
    let next = 64;
    const room = (bytes: number): number => {
      const address = next;
      next += Math.ceil((bytes + 64) / 64) * 64;
      return address;
    };
    const put = ({ buffer, byteOffset, byteLength }: ArrayBufferView): number => {
      const address = room(byteLength);
      new Uint8Array(memory.buffer, address, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength));
      return address;
    };
    const convolution = layOut<(typeof spikeConvolutionFields)[number], number>(spikeConvolutionFields, {
      ...spikeConvolutionShapeFields(shape),
      ...scratch.fields,
      spikes: put(spikes),
      negativeSpikes: 0,
      steps,
      weights: put(packed),
      tables: by === 'tables' ? 1 : 0,
      masks: room(scratch.masks),
      lists: room(scratch.lists),
      ends: room(scratch.ends),
      currents: room(scratch.currents),
      bits: put(bitPositions()),
    });
    const nothing = Object.fromEntries(neuronFields.map((field) => [field, 0])) as Record<
      (typeof neuronFields)[number],
      number
    >;
    const population = layOut<(typeof neuronFields)[number], number>(neuronFields, {
      ...nothing,
      channels: outputs,
      base: put(filled(-3)),
      later: put(filled(-3)),
      spikes: room(4 * neurons),
      threshold: put(filled(100)),
      start: put(filled(50)),
    });
    const [first, second] = [put(Int32Array.from(convolution)), put(Int32Array.from(population))];
    return () => kernels[`${format}_spike_convolution`](first, second);
  };
  return { format, by, into };
}

/** For each row or column of the source, the number of kernel windows that cover it. */
function sightings(shape: SpikeConvolutionShape, axis: 0 | 1, extent: number): readonly number[] {
  const { window, grid, kernel, stride, dilation, output } = shape;
  const seen = Array.from({ length: extent }, () => 0);
  const [before, windowBefore] = axis === 0 ? [shape.top, window.top] : [shape.left, window.left];
  for (let o = 0; o < output[axis]; o++) {
    for (let k = 0; k < kernel[axis]; k++) {
      const at = o * stride[axis] + k * dilation[axis] - before;
      if (at < 0 || at >= grid[axis]) continue;
      for (let w = 0; w < window.size[axis]; w++) {
        const from = at * window.stride[axis] - windowBefore + w;
        if (from >= 0 && from < extent) seen[from] = (seen[from] ?? 0) + 1;
      }
    }
  }
  return seen;
}

function bitCount(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

/** Calls `visit` with every neuron that the layer reads. */
function eachNeuron(
  { shape: { source, channels }, spikes }: SpikeKernelCase,
  visit: (row: number, column: number, fired: number) => void,
): void {
  for (let y = 0; y < source.rows; y++) {
    for (let x = 0; x < source.columns; x++) {
      const pixel = (y * source.columns + x) * source.pitch + channels.first;
      for (let c = 0; c < channels.count; c++) visit(y, x, bitCount(spikes[pixel + c] ?? 0));
    }
  }
}

/** Number of weights that the spikes of a case add, over all steps. */
export function additionsOf(given: SpikeKernelCase): number {
  const { shape } = given;
  const [rows, columns] = [sightings(shape, 0, shape.source.rows), sightings(shape, 1, shape.source.columns)];
  let sum = 0;
  eachNeuron(given, (y, x, fired) => {
    sum += fired * (rows[y] ?? 0) * (columns[x] ?? 0);
  });
  return sum * shape.outputs.count;
}

/** Fraction of a layer's presynaptic neurons that fire per step. */
export function densityOf(given: SpikeKernelCase): number {
  const { rows, columns } = given.shape.source;
  let fired = 0;
  eachNeuron(given, (_, __, own) => {
    fired += own;
  });
  return fired / (rows * columns * given.shape.channels.count * given.steps);
}
