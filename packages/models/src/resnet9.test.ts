import { inferShapes, nodeOf } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { resnet9 } from './resnet9.js';

describe('resnet9', () => {
  it('halves the image in every layer, with a residual block in the first and the last', () => {
    const network = resnet9();
    const shapes = inferShapes(network);
    expect(shapes.get('relu1')).toEqual([32, 32, 64]);
    expect(shapes.get('layer1.0.relu2')).toEqual([16, 16, 128]);
    expect(shapes.get('layer2.relu')).toEqual([8, 8, 256]);
    expect(shapes.get('layer3.0.relu2')).toEqual([4, 4, 256]);
    expect(nodeOf(network, 'layer1.0.add').inputs).toEqual(['layer1.0.bn2', 'layer1.relu']);
    expect(network.nodes.filter(({ op }) => op === 'conv2d' || op === 'dense')).toHaveLength(9);
  });

  it('has as many residual blocks in a layer as is asked for', () => {
    const blocksOf = (blocks: readonly number[]) =>
      resnet9({ widths: [2, 2, 2, 2], blocks })
        .nodes.filter(({ op }) => op === 'add')
        .map(({ name }) => name);
    expect(blocksOf([0, 2, 1])).toEqual(['layer2.0.add', 'layer2.1.add', 'layer3.0.add']);
    expect(() => resnet9({ blocks: [1, 1] })).toThrow(/blocks.*a list of three integers, each 0 or more/);
  });

  it('pools behind the activation of each layer instead, where that is asked for', () => {
    for (const [halving, op] of [
      ['average', 'avgPool'],
      ['max', 'maxPool'],
    ] as const) {
      const network = resnet9({ widths: [2, 2, 2, 2], halving });
      expect(nodeOf(network, 'layer2.pool')).toMatchObject({ op, inputs: ['layer2.relu'], size: [2, 2] });
      expect(nodeOf(network, 'layer2.conv')).toMatchObject({ stride: [1, 1] });
      expect(inferShapes(network).get('layer3.0.relu2')).toEqual([4, 4, 2]);
    }
  });

  it('starts with logits close to each other', () => {
    const spread = (network: ReturnType<typeof resnet9>): number =>
      Math.max(...(network.parameters.get('linear.weight')?.data ?? []).map(Math.abs));
    const plain = Math.sqrt(2 / 256);
    expect(spread(resnet9())).toBeLessThan(0.125 * plain * 5);
    expect(spread(resnet9())).toBeGreaterThan(0.125 * plain);
  });
});
