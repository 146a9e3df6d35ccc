import { inferShapes, nodeOf } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { resnet18ImageNet, resnet34 } from './resnet.js';

describe('resnet18ImageNet', () => {
  const network = resnet18ImageNet({ width: 8 });

  it('pools in its stem by maximum as in torchvision, 3×3 with stride 2', () => {
    expect(nodeOf(network, 'pool1')).toEqual({
      op: 'maxPool',
      name: 'pool1',
      inputs: ['relu1'],
      size: [3, 3],
      stride: [2, 2],
      padding: { top: 1, bottom: 1, left: 1, right: 1 },
    });
    expect(inferShapes(network).get('pool1')).toEqual([56, 56, 8]);
  });

  it('pools by average on demand, the padding counted', () => {
    const pooled = nodeOf(resnet18ImageNet({ width: 8, pooling: 'average' }), 'pool1');
    expect(pooled).toMatchObject({ op: 'avgPool', divisor: 'window' });
  });

  it('has torchvision’s names for its shortcuts and its classifier', () => {
    const names = [...network.parameters.keys()];
    expect(names).toEqual(
      expect.arrayContaining(['layer2.0.downsample.0.weight', 'layer2.0.downsample.1.scale', 'fc.bias']),
    );
    expect(names.filter((name) => name.endsWith('downsample.0.weight'))).toHaveLength(3);
  });

  it('ends at 7×7', () => {
    expect(inferShapes(network).get('layer4.1.relu2')).toEqual([7, 7, 64]);
  });
});

describe('resnet34', () => {
  it('keeps 32×32 in its stem and ends at 4×4', () => {
    const shapes = inferShapes(resnet34({ width: 4 }));
    expect(shapes.get('relu1')).toEqual([32, 32, 4]);
    expect(shapes.get('layer4.2.relu2')).toEqual([4, 4, 32]);
  });
});
