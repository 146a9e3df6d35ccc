import type { NetworkNode, NodeOf, Shape } from '@rheobase/network';
import { seesWholeSource, windowInside } from '@rheobase/spike-kernels';
import type { Compilation } from './compilation.js';
import type { ConstantKey } from './constant-key.js';
import type { Run } from './moves.js';
import { movesOf } from './moves.js';
import type { Layout, NumberFormat } from './plan.js';
import type { BufferAddress, Operand } from './plan-builder.js';
import { steps } from './plan-builder.js';
import type { AnalogValue, SpikeValue, Value } from './value.js';
import { gainPerChannel, layoutOf, sizeOfLayout } from './value.js';

/** Number of values in a buffer: per step if they change. */
function size(layout: Layout, changing: boolean, { builder }: Compilation): number {
  return sizeOfLayout(layout) * (changing ? builder.steps : 1);
}

const count = (layout: Layout, changing: boolean): Operand =>
  changing ? { kind: 'steps', factor: sizeOfLayout(layout) } : sizeOfLayout(layout);

/** A new, uninitialized buffer for a value. */
export function newValue(
  compilation: Compilation,
  shape: Shape,
  number: NumberFormat,
  changing: boolean,
  layout: Layout = layoutOf(shape),
): AnalogValue {
  const at = compilation.builder.buffer(4 * size(layout, changing, compilation));
  return { kind: 'analog', shape, layout, number, changing, at };
}

/** A new value of zeros, for runs to be added to. */
export function zeroValue(
  compilation: Compilation,
  shape: Shape,
  number: NumberFormat,
  changing: boolean,
  layout?: Layout,
): AnalogValue {
  const value = newValue(compilation, shape, number, changing, layout);
  compilation.builder.call('clear', value.at, count(value.layout, changing));
  return value;
}

/**
 * Checks that runs stay within their source and target sizes.
 *
 * @throws if one does not, which would be a bug of the engine.
 */
function assertInside(key: ConstantKey, runs: readonly Run[], to: number, from: number): void {
  for (const run of runs) {
    if (run.to < 0 || run.from < 0 || run.to + run.length > to || run.from + run.length > from) {
      throw new Error(
        `'${key.join(' ')}' moves ${run.length} values from ${run.from} of ${from} to ${run.to} of ${to}; this is a fault of the event engine.`,
      );
    }
  }
}

/** The runs as a constant that `…_add_runs` reads. */
function weightedRuns({ builder }: Compilation, key: ConstantKey, runs: readonly Run[], number: NumberFormat): number {
  return builder.memory.constant([...key, number], () => {
    const words = new Int32Array(4 * runs.length);
    const factors = new Float32Array(words.buffer);
    runs.forEach(({ to, from, length, factor }, i) => {
      words.set([to, from, length], 4 * i);
      if (number === 'f32') factors[4 * i + 3] = factor;
      else words[4 * i + 3] = factor;
    });
    return words;
  });
}

/** Adds runs of one value to another, at every step if either changes; a constant to a changing one only in step 1 with differential coding. */
function addRuns(
  compilation: Compilation,
  key: ConstantKey,
  to: AnalogValue,
  from: AnalogValue,
  runs: readonly Run[],
): void {
  if (runs.length === 0) return;
  assertInside(key, runs, sizeOfLayout(to.layout), sizeOfLayout(from.layout));
  const address = weightedRuns(compilation, key, runs, to.number);
  compilation.builder.call(
    `${to.number}_add_runs`,
    address,
    runs.length,
    to.at,
    from.at,
    to.changing ? sizeOfLayout(to.layout) : 0,
    from.changing ? sizeOfLayout(from.layout) : 0,
    to.changing && (from.changing || compilation.growth === undefined) ? steps : 1,
  );
}

/** Runs that copy a whole value. */
function wholeRuns(from: Layout, to: Layout): readonly Run[] {
  if (from.pitch === to.pitch) {
    return [{ to: 0, from: 0, length: sizeOfLayout(from), factor: 1 }];
  }
  return Array.from({ length: to.rows * to.columns }, (_, pixel) => ({
    to: pixel * to.pitch,
    from: pixel * from.pitch,
    length: from.channels,
    factor: 1,
  }));
}

/** The same numbers in the other format; in an integer network they are integers. */
export function inFormat(compilation: Compilation, value: AnalogValue, number: NumberFormat): AnalogValue {
  if (value.number === number) return value;
  const converted = newValue(compilation, value.shape, number, value.changing, value.layout);
  compilation.builder.call(
    number === 'i32' ? 'i32_from_f32' : 'f32_from_i32',
    converted.at,
    value.at,
    count(value.layout, value.changing),
  );
  return converted;
}

/** The value with its pixels padded to whole blocks of channels. */
export function padded(compilation: Compilation, value: AnalogValue): AnalogValue {
  const layout = layoutOf(value.shape);
  if (layout.pitch === value.layout.pitch) return value;
  const wide = zeroValue(compilation, value.shape, value.number, value.changing, layout);
  const runs = wholeRuns(value.layout, layout);
  const { pitch, rows, columns, channels } = value.layout;
  addRuns(compilation, ['whole runs', pitch, layout.pitch, rows * columns, channels], wide, value, runs);
  return wide;
}

/** Applies a node without weights to analog values. */
export function movedAnalog(
  compilation: Compilation,
  node: NetworkNode,
  inputs: readonly AnalogValue[],
  shape: Shape,
  kind: 'moved runs' | 'runs in order' = 'moved runs',
): AnalogValue {
  const number = inputs.every((input) => input.number === 'f32') ? 'f32' : compilation.number;
  const changing = inputs.some((input) => input.changing);
  const same = inputs.map((input) => inFormat(compilation, input, number));
  const value = zeroValue(compilation, shape, number, changing);
  const moves = movesOf(
    compilation.network,
    node,
    same.map(({ layout }) => layout),
    value.layout,
  );
  same.forEach((input, i) =>
    addRuns(compilation, [kind, node.name, i, input.layout.pitch], value, input, moves[i] ?? []),
  );
  return value;
}

/** A gain as a constant: one number per channel of the layout, including padding, or per neuron. */
export function gainConstant(
  { builder }: Compilation,
  value: SpikeValue,
  number: NumberFormat,
): { at: number; pitch: number } {
  const { source, gain } = value;
  const perChannel = gainPerChannel(value);
  const pixels = perChannel ? 1 : source.rows * source.columns;
  const at = builder.memory.constant(['gain', number, source.channels, source.pitch, pixels, ...gain], () => {
    const data = number === 'f32' ? new Float32Array(pixels * source.pitch) : new Int32Array(pixels * source.pitch);
    gain.forEach((x, i) => {
      data[Math.floor(i / source.channels) * source.pitch + (i % source.channels)] = x;
    });
    return data;
  });
  return { at, pitch: perChannel ? 0 : source.pitch };
}

/** Spikes as numbers: gain·s at every step. */
function spikesAsNumbers(compilation: Compilation, name: string, value: SpikeValue): AnalogValue {
  const { source, grid } = value;
  // Factors of pooling are fractions, but integer networks have none.
  const number = compilation.number;
  const { at: gain, pitch } = gainConstant(compilation, value, number);
  const shape = [source.rows, source.columns, source.channels];
  let result = newValue(compilation, shape, number, true, source);
  compilation.builder.call(
    `${number}_spike_values`,
    result.at,
    value.spikes,
    value.negative ?? 0,
    gain,
    pitch,
    source.rows * source.columns,
    source.pitch,
    steps,
    value.levels,
  );
  if (!seesWholeSource(value)) {
    const seen = [grid[0], grid[1], source.channels];
    const layout = { ...source, rows: grid[0], columns: grid[1] };
    const runs: Run[] = [];
    for (let y = 0; y < grid[0]; y++) {
      const [top, bottom] = windowInside(value, 0, y);
      for (let x = 0; x < grid[1]; x++) {
        const [left, right] = windowInside(value, 1, x);
        for (let row = top; row < bottom; row++) {
          for (let column = left; column < right; column++) {
            runs.push({
              to: (y * grid[1] + x) * source.pitch,
              from: (row * source.columns + column) * source.pitch,
              length: source.channels,
              factor: 1,
            });
          }
        }
      }
    }
    const pooled = zeroValue(compilation, seen, number, true, layout);
    addRuns(compilation, ['seen runs', name], pooled, result, runs);
    result = pooled;
  }
  if (result.layout.pitch === layoutOf(value.shape).pitch && !value.flat) return { ...result, shape: value.shape };
  const flatten: NodeOf<'flatten'> = { op: 'flatten', name, inputs: [''] };
  return movedAnalog(compilation, flatten, [result], value.shape, 'runs in order');
}

/** A node's value as numbers. */
export function analogValue(compilation: Compilation, name: string): AnalogValue {
  const value: Value = compilation.valueOf(name);
  return value.kind === 'analog' ? value : spikesAsNumbers(compilation, name, value);
}

/** Adds values of one shape, in the network's number format; constants stay constants. */
export function sumOf(compilation: Compilation, values: readonly AnalogValue[], shape: Shape): AnalogValue {
  const changing = values.some((value) => value.changing);
  const total = zeroValue(compilation, shape, compilation.number, changing);
  for (const value of values) {
    const same = inFormat(compilation, value, compilation.number);
    const runs = wholeRuns(same.layout, total.layout);
    const { pitch, channels, rows, columns } = same.layout;
    addRuns(compilation, ['whole runs', pitch, total.layout.pitch, rows * columns, channels], total, same, runs);
  }
  return total;
}

/** Copies spike words by runs, into the given number of levels; an input may have fewer. */
export function movedWords(
  compilation: Compilation,
  key: readonly ['spike words' | 'negative spike words', node: string],
  moves: readonly {
    readonly from: BufferAddress;
    readonly source: Layout;
    readonly levels: number;
    readonly runs: readonly Run[];
  }[],
  to: Layout,
  levels: number,
): BufferAddress {
  const size = sizeOfLayout(to);
  const words = compilation.builder.buffer(4 * levels * size);
  compilation.builder.call('clear', words, levels * size);
  moves.forEach(({ from, source, levels: own, runs }, i) => {
    assertInside(key, runs, size, sizeOfLayout(source));
    const address = compilation.builder.memory.constant([...key, i], () =>
      Int32Array.from(runs.flatMap((run) => [run.to, run.from, run.length])),
    );
    compilation.builder.call('move_runs', address, runs.length, words, from, size, sizeOfLayout(source), own);
  });
  return words;
}
