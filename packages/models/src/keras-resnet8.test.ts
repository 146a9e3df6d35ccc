import { nodeOf } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { resnet8 } from './keras-resnet8.js';

describe('resnet8', () => {
  const network = resnet8();

  it('counts its layers in the order in which Keras made them: a block’s second convolution before its shortcut', () => {
    expect(nodeOf(network, 'conv2d_4').inputs).toEqual(['activation_3']);
    expect(nodeOf(network, 'conv2d_5').inputs).toEqual(['activation_2']);
    expect(nodeOf(network, 'batch_normalization_4').inputs).toEqual(['conv2d_4']);
    expect(nodeOf(network, 'add_1').inputs).toEqual(['conv2d_5', 'batch_normalization_4']);
    expect(network.parameters.get('conv2d_5.weight')?.shape).toEqual([1, 1, 16, 32]);
  });

  it('pads a 3×3 convolution of stride 2 at the bottom and the right only', () => {
    expect(nodeOf(network, 'conv2d_3')).toMatchObject({ padding: { top: 0, bottom: 1, left: 0, right: 1 } });
    expect(nodeOf(network, 'conv2d')).toMatchObject({ padding: { top: 1, bottom: 1, left: 1, right: 1 } });
    expect(nodeOf(network, 'conv2d_5')).toMatchObject({ padding: { top: 0, bottom: 0, left: 0, right: 0 } });
  });

  it('has a bias before each batch norm, and Keras’ ε', () => {
    expect(network.parameters.has('conv2d.bias')).toBe(true);
    expect(nodeOf(network, 'batch_normalization')).toMatchObject({ epsilon: 1e-3 });
  });
});
