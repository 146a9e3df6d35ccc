import { inferShapes, nodeOf } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { mobilenetV1Vww } from './keras-mobilenet-v1.js';

describe('mobilenetV1Vww', () => {
  const network = mobilenetV1Vww();

  it('halves 96 rows five times', () => {
    const shapes = inferShapes(network);
    expect(shapes.get('conv2d')).toEqual([48, 48, 8]);
    expect(shapes.get('activation_26')).toEqual([3, 3, 256]);
  });

  it('alternates depthwise and pointwise convolutions, each counted on its own', () => {
    expect(nodeOf(network, 'depthwise_conv2d_12')).toMatchObject({ groups: 256, stride: [1, 1] });
    expect(nodeOf(network, 'depthwise_conv2d_11')).toMatchObject({ groups: 128, stride: [2, 2] });
    expect(network.parameters.get('depthwise_conv2d_12.weight')?.shape).toEqual([3, 3, 1, 256]);
    expect(network.parameters.get('conv2d_13.weight')?.shape).toEqual([1, 1, 256, 256]);
    expect(nodeOf(network, 'batch_normalization_26').inputs).toEqual(['conv2d_13']);
  });
});
