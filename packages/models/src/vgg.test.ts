import { inferShapes } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { vgg16, vgg16ImageNet } from './vgg.js';

const narrow = { widths: [4, 4, 4, 4, 8], hidden: 16 };

describe('vgg16', () => {
  const network = vgg16(narrow);
  const ops = network.nodes.map(({ op }) => op);

  it('has 13 convolutions with bias and batch norm, four maximum poolings and three dense layers', () => {
    for (const [op, count] of Object.entries({ conv2d: 13, batchNorm: 13, avgPool: 0, maxPool: 4, dense: 3 })) {
      expect(
        ops.filter((other) => other === op),
        op,
      ).toHaveLength(count);
    }
    expect(network.nodes.filter((node) => node.op === 'conv2d' && node.bias === undefined)).toEqual([]);
  });

  it('brings 2×2 pixels to its classifier', () => {
    expect(inferShapes(network).get('flatten')).toEqual([2 * 2 * 8]);
  });

  it('pools by average on demand', () => {
    expect(vgg16({ ...narrow, pooling: 'average' }).nodes.filter(({ op }) => op === 'avgPool')).toHaveLength(4);
  });
});

describe('vgg16ImageNet', () => {
  it('brings 7×7 pixels to its classifier', () => {
    expect(inferShapes(vgg16ImageNet(narrow)).get('flatten')).toEqual([7 * 7 * 8]);
  });

  it('has torchvision’s indices, with and without batch norms', () => {
    const weights = (normalization: 'batch' | 'none') =>
      [...vgg16ImageNet({ ...narrow, normalization }).parameters.keys()].filter((name) => name.endsWith('.weight'));
    const classifier = ['classifier.0.weight', 'classifier.3.weight', 'classifier.6.weight'];
    const features = (indices: readonly number[]) => indices.map((index) => `features.${index}.weight`);
    expect(weights('batch')).toEqual([...features([0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40]), ...classifier]);
    expect(weights('none')).toEqual([...features([0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]), ...classifier]);
  });

  it('names the layer for which an image is too small', () => {
    expect(() => vgg16ImageNet({ ...narrow, inputShape: [16, 16, 3] })).toThrow(
      "The layer 'features.43' has an empty output: its 2×2 window does not fit into 1×1. Give the network a larger inputShape than [16, 16, 3].",
    );
  });
});
