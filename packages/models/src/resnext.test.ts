import { inferShapes, nodeOf } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { resnext29 } from './resnext.js';

describe('resnext29', () => {
  it('groups its 3×3 convolutions by its cardinality', () => {
    const network = resnext29({ cardinality: 4, groupWidth: 2, width: 4 });
    expect(nodeOf(network, 'layer2.0.conv2')).toMatchObject({ op: 'conv2d', groups: 4, stride: [2, 2] });
    expect(network.parameters.get('layer2.0.conv2.weight')?.shape).toEqual([3, 3, 4, 16]);
  });

  it('ends its stages in 256, 512 and 1024 channels', () => {
    const shapes = inferShapes(resnext29({ initialization: 'zeros' }));
    const ends = ['layer1.2.relu3', 'layer2.2.relu3', 'layer3.2.relu3'].map((name) => shapes.get(name));
    expect(ends).toEqual([
      [32, 32, 256],
      [16, 16, 512],
      [8, 8, 1024],
    ]);
  });
});
