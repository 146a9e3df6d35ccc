import type { NetworkNode, Shape } from '@rheobase/network';
import { seesWholeSource, selectsPixels, wholeSource } from '@rheobase/spike-kernels';
import { movedWords } from './analog-values.js';
import type { Compilation } from './compilation.js';
import type { Run } from './moves.js';
import { movesOf } from './moves.js';
import type { Layout } from './plan.js';
import type { SpikeValue, Value } from './value.js';
import { gainPerChannel, layoutOf } from './value.js';

const spikeValue = (value: Value): readonly SpikeValue[] => (value.kind === 'spikes' ? [value] : []);

/** Sum and average poolings of full windows keep spikes as spikes, if all spikes of a channel have the same value. */
function pooledSpikes(node: NetworkNode, value: SpikeValue, shape: Shape): SpikeValue | undefined {
  if (!seesWholeSource(value) || value.flat || !gainPerChannel(value)) return undefined;
  const { rows, columns } = value.source;
  if (node.op === 'globalAvgPool') {
    return {
      ...value,
      shape,
      grid: [1, 1],
      window: { size: [rows, columns], stride: [1, 1], top: 0, left: 0 },
      gain: value.gain.map((x) => x / (rows * columns)),
    };
  }
  if (node.op !== 'avgPool') return undefined;
  const { size, stride, padding, divisor } = node;
  const { top, bottom, left, right } = padding;
  if (divisor === 'inside' && top + bottom + left + right > 0) return undefined;
  const by = divisor === 'none' ? 1 : size[0] * size[1];
  return {
    ...value,
    shape,
    grid: [shape[0] ?? 1, shape[1] ?? 1],
    window: { size, stride, top, left },
    gain: value.gain.map((x) => x / by),
  };
}

/** Maps pixels of a value to pixels of its source. */
function selected(value: SpikeValue, runs: readonly Run[]): readonly Run[] {
  const { source, window, grid } = value;
  const seen = { columns: grid[1], pitch: source.pitch };
  return runs.map((run) => {
    const pixel = Math.floor(run.from / seen.pitch);
    const [row, column] = [Math.floor(pixel / seen.columns), pixel % seen.columns];
    const from = (row * window.stride[0] * source.columns + column * window.stride[1]) * source.pitch;
    return { ...run, from: from + (run.from % seen.pitch) };
  });
}

/** Moves gains along with spikes: one number per element of the result. */
function movedGain(inputs: readonly SpikeValue[], moves: readonly (readonly Run[])[], to: Layout): Float64Array {
  // Padding has no gain (NaN), so any fits. 0 is a gain like any other.
  const gain = new Float64Array(to.rows * to.columns * to.channels).fill(Number.NaN);
  moves.forEach((runs, i) => {
    const input = inputs[i];
    if (input === undefined) return;
    const { source, grid, window } = input;
    const perChannel = gainPerChannel(input);
    for (const run of runs) {
      for (let k = 0; k < run.length; k++) {
        const [pixel, channel] = [Math.floor((run.from + k) / source.pitch), (run.from + k) % source.pitch];
        const [row, column] = [Math.floor(pixel / grid[1]) * window.stride[0], (pixel % grid[1]) * window.stride[1]];
        const at = perChannel ? channel : (row * source.columns + column) * source.channels + channel;
        const [target, into] = [Math.floor((run.to + k) / to.pitch), (run.to + k) % to.pitch];
        gain[target * to.channels + into] = input.gain[at] ?? Number.NaN;
      }
    }
  });
  const { channels } = to;
  const first = new Float64Array(channels).fill(Number.NaN);
  gain.forEach((x, i) => {
    if (Number.isNaN(first[i % channels])) first[i % channels] = x;
  });
  const same = gain.every((x, i) => Number.isNaN(x) || x === first[i % channels]);
  return (same ? first : gain).map((x) => (Number.isNaN(x) ? 0 : x));
}

/**
 * Applies a node without weights to spikes if the result is still spikes: the same words in another view, or moved words. Else undefined, and the
 * spikes must be converted to numbers.
 */
export function movedSpikes(
  compilation: Compilation,
  node: NetworkNode,
  values: readonly Value[],
  shape: Shape,
): SpikeValue | undefined {
  const inputs = values.flatMap(spikeValue);
  const [first] = inputs;
  if (first === undefined || inputs.length !== values.length) return undefined;
  if (node.op === 'avgPool' || node.op === 'globalAvgPool') return pooledSpikes(node, first, shape);
  if (node.op === 'flatten') return { ...first, shape, flat: first.flat || first.grid[0] * first.grid[1] > 1 };
  if (node.op === 'subsample' && !first.flat) {
    const [y, x] = first.window.stride;
    const stride = [y * node.stride[0], x * node.stride[1]] as const;
    return { ...first, shape, grid: [shape[0] ?? 1, shape[1] ?? 1], window: { ...first.window, stride } };
  }
  if (node.op === 'reshape' && !first.flat && first.grid[0] * first.grid[1] === 1 && shape.length === 1) {
    return { ...first, shape };
  }
  // A gather takes single elements, so that it does not matter how they are arranged.
  if (!inputs.every((input) => selectsPixels(input) && (!input.flat || node.op === 'gather'))) return undefined;
  const to = layoutOf(shape);
  const moves = movesOf(
    compilation.network,
    node,
    inputs.map(({ source, grid }) => ({ ...source, rows: grid[0], columns: grid[1] })),
    to,
  );
  // Averages of different spikes are not spikes.
  if (moves.some((runs) => runs.some(({ factor }) => factor !== 1))) return undefined;
  const chosen = inputs.map((input, i) => selected(input, moves[i] ?? []));
  const levels = Math.max(...inputs.map((input) => input.levels));
  const spikes = movedWords(
    compilation,
    ['spike words', node.name],
    inputs.map(({ spikes, source, levels }, i) => ({ from: spikes, source, levels, runs: chosen[i] ?? [] })),
    to,
    levels,
  );
  const negatives = inputs.flatMap(({ negative, source, levels: own }, i) =>
    negative === undefined ? [] : [{ from: negative, source, levels: own, runs: chosen[i] ?? [] }],
  );
  return {
    kind: 'spikes',
    shape,
    source: to,
    spikes,
    ...(negatives.length > 0 && {
      negative: movedWords(compilation, ['negative spike words', node.name], negatives, to, levels),
    }),
    levels,
    window: wholeSource,
    grid: [to.rows, to.columns],
    flat: false,
    gain: movedGain(inputs, moves, to),
  };
}
