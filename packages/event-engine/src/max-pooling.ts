import type { NodeOf } from '@rheobase/network';
import type { MaxPoolingField, MaxPoolingShape, SpikeMaxPoolingField } from '@rheobase/spike-kernels';
import {
  layOut,
  maxPoolingFields,
  maxPoolingShapeFields,
  selectsPixels,
  spikeMaxPoolingFields,
  wholeSource,
} from '@rheobase/spike-kernels';
import { analogValue, inFormat, newValue, padded } from './analog-values.js';
import type { Compilation } from './compilation.js';
import { shapeOf } from './compilation.js';
import type { Operand } from './plan-builder.js';
import { steps } from './plan-builder.js';
import type { AnalogValue, SpikeValue, Value } from './value.js';
import { gainPerChannel, layoutOf, sizeOfLayout } from './value.js';

type MaxPoolNode = NodeOf<'maxPool'>;

/**
 * A max pooling over its accumulated input: y(t) = max a(t) − max a(t − 1) (docs/decisions/0016). The result is spikes if a channel has one spike
 * value ≥ 0, else numbers; for a constant input, the usual maximum, computed once.
 */
export function maxPooled(compilation: Compilation, node: MaxPoolNode): Value {
  const value = compilation.valueOf(node.inputs[0]);
  if (value.kind === 'spikes' && selectsPixels(value) && !value.flat && gainPerChannel(value)) {
    // With a negative spike value, the greatest value has the least count.
    if (value.gain.every((worth) => worth >= 0)) return pooledSpikes(compilation, node, value);
  }
  return pooledNumbers(compilation, node, analogValue(compilation, node.inputs[0]));
}

function shapeFields(compilation: Compilation, node: MaxPoolNode, source: MaxPoolingShape['source']) {
  const { size, stride, padding } = node;
  const [rows = 1, columns = 1] = shapeOf(compilation, node.name);
  const window = { size, stride, top: padding.top, left: padding.left };
  return maxPoolingShapeFields({ source, window, output: [rows, columns] });
}

function pooledSpikes(compilation: Compilation, node: MaxPoolNode, value: SpikeValue): SpikeValue {
  const { builder, resumed } = compilation;
  const { source, window, grid } = value;
  const shape = shapeOf(compilation, node.name);
  const to = layoutOf(shape);
  const bytes = 4 * value.levels * sizeOfLayout(to);
  const output = builder.buffer(bytes);
  // Without negative spikes, no count decreases.
  const negative = value.negative === undefined ? undefined : builder.buffer(bytes);
  const counts = resumed ? builder.buffer(4 * sizeOfLayout(source)) : undefined;
  const pooling = builder.structure(
    layOut<SpikeMaxPoolingField, Operand>(spikeMaxPoolingFields, {
      ...shapeFields(compilation, node, {
        rows: grid[0],
        columns: grid[1],
        channels: source.pitch,
        rowPitch: window.stride[0] * source.columns * source.pitch,
        pixelPitch: window.stride[1] * source.pitch,
      }),
      spikes: value.spikes,
      negativeSpikes: value.negative ?? 0,
      levels: value.levels,
      output,
      negativeOutput: negative ?? 0,
      steps,
      countsStart: 0,
      counts: counts ?? 0,
      words: sizeOfLayout(source),
    }),
  );
  if (counts !== undefined) builder.carry(pooling, spikeMaxPoolingFields.indexOf('countsStart'), counts);
  builder.call('spike_max_pool', pooling);
  return {
    kind: 'spikes',
    shape,
    source: to,
    spikes: output,
    ...(negative !== undefined && { negative }),
    levels: value.levels,
    window: wholeSource,
    grid: [to.rows, to.columns],
    flat: false,
    gain: value.gain,
  };
}

function pooledNumbers(compilation: Compilation, node: MaxPoolNode, given: AnalogValue): AnalogValue {
  const { builder, number, resumed } = compilation;
  // Sums of integers over the steps can exceed the range that is exact in float32.
  const input = padded(compilation, given.changing ? inFormat(compilation, given, number) : given);
  const { changing, layout } = input;
  const result = newValue(compilation, shapeOf(compilation, node.name), input.number, changing);
  const sums = changing ? builder.buffer(4 * sizeOfLayout(layout)) : undefined;
  const pooling = builder.structure(
    layOut<MaxPoolingField, Operand>(maxPoolingFields, {
      ...shapeFields(compilation, node, {
        rows: layout.rows,
        columns: layout.columns,
        channels: layout.pitch,
        rowPitch: layout.columns * layout.pitch,
        pixelPitch: layout.pitch,
      }),
      input: input.at,
      output: result.at,
      steps: changing ? steps : 1,
      sumsStart: 0,
      sums: sums ?? 0,
      greatest: changing && resumed ? builder.buffer(4 * sizeOfLayout(result.layout)) : 0,
    }),
  );
  if (sums !== undefined && resumed) builder.carry(pooling, maxPoolingFields.indexOf('sumsStart'), sums);
  builder.call(`${input.number}_max_pool`, pooling);
  return result;
}
