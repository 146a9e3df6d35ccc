import { lenet5, mobilenetV2, resnet20 } from '@rheobase/models';
import { describe, expect, it } from 'vitest';
import { layerKernels } from './layer-kernels.js';

describe('layerKernels', () => {
  it('lists each distinct layer of a network once, by three kernels, with the layers that are such', () => {
    const found = layerKernels(resnet20({ seed: 0 }), 32);
    const forward = found.filter(({ given }) => given.kernel === 'Conv2D');
    expect(forward.map(({ given, nodes }) => [given.shape, nodes.length])).toEqual([
      ['[32, 32, 32, 3] × [3, 3, 3, 16]', 1],
      ['[32, 32, 32, 16] × [3, 3, 16, 16]', 6],
      ['[32, 32, 32, 16] × [3, 3, 16, 32] / 2', 1],
      ['[32, 16, 16, 32] × [3, 3, 32, 32]', 5],
      ['[32, 16, 16, 32] × [3, 3, 32, 64] / 2', 1],
      ['[32, 8, 8, 64] × [3, 3, 64, 64]', 5],
    ]);
    expect(found).toHaveLength(3 * forward.length + 3);
    expect(found.slice(-3).map(({ given }) => given.shape)).toEqual([
      '[32, 64] · [64, 10]',
      '[32, 10] · [10, 64] as bᵀ',
      '[64, 32] as aᵀ · [32, 10]',
    ]);
  });

  it('counts the operations that the network has, and knows depthwise layers and valid padding', () => {
    const macs = layerKernels(resnet20({ seed: 0 }), 1)
      .filter(({ given }) => given.kernel === 'Conv2D')
      .reduce((sum, { given, nodes }) => sum + (given.operations / 2) * nodes.length, 0);
    // With padding, as published.
    expect(macs).toBe(40_550_400);
    expect(
      layerKernels(mobilenetV2({ seed: 0 }), 1).some(({ given }) => given.kernel === 'DepthwiseConv2dNative'),
    ).toBe(true);
    expect(
      layerKernels(lenet5({ seed: 0 }), 1).find(({ given }) => given.kernel === 'Conv2D')?.given.inputs['x'],
    ).toEqual([1, 28, 28, 1]);
  });
});
