import { float32Parameter, networkBuilder } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { stepSizeScales } from './step-size-scales.js';

const theta = (shape: readonly number[], values: readonly number[]) => float32Parameter('threshold', shape, values);

describe('stepSizeScales', () => {
  it('is 1/√(elements per θ · L), for layers and for channels, with L = 1 for sites without levels', () => {
    const build = networkBuilder();
    const quantized = (
      name: string,
      input: string,
      shape: readonly number[],
      values: readonly number[],
      levels: number,
    ) =>
      build.activation(name, input, {
        kind: 'quant-clip',
        parameters: { threshold: theta(shape, values) },
        attributes: { levels },
      });
    const layer = quantized('layer', build.input('x', [4, 5, 3]), [], [1], 4);
    const channels = quantized('channels', layer, [3], [1, 2, 3], 2);
    build.output('y', build.activation('clip', channels, { kind: 'clip', parameters: { threshold: theta([], [1]) } }));
    const scales = stepSizeScales(build.build());
    expect([...scales.keys()]).toEqual(['layer.threshold', 'channels.threshold', 'clip.threshold']);
    expect(scales.get('layer.threshold')).toBeCloseTo(1 / Math.sqrt(60 * 4), 12);
    expect(scales.get('channels.threshold')).toBeCloseTo(1 / Math.sqrt(20 * 2), 12);
    expect(scales.get('clip.threshold')).toBeCloseTo(1 / Math.sqrt(60), 12);
  });
});
