import { inferShapes, nodeOf } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { resnet20, resnet32, resnetSmall } from './cifar-resnet.js';

describe('resnet20', () => {
  const network = resnet20();

  it('names its nodes as the PyTorch modules, in the order in which they run', () => {
    expect(network.nodes.slice(0, 11).map(({ name }) => name)).toEqual([
      'input',
      'conv1',
      'bn1',
      'relu1',
      'layer1.0.conv1',
      'layer1.0.bn1',
      'layer1.0.relu1',
      'layer1.0.conv2',
      'layer1.0.bn2',
      'layer1.0.add',
      'layer1.0.relu2',
    ]);
    expect(network.nodes.slice(-3).map(({ name }) => name)).toEqual(['avgpool', 'linear', 'output']);
  });

  it('has 32, 16 and 8 rows in its three stages', () => {
    const shapes = inferShapes(network);
    expect(shapes.get('layer1.2.relu2')).toEqual([32, 32, 16]);
    expect(shapes.get('layer2.2.relu2')).toEqual([16, 16, 32]);
    expect(shapes.get('layer3.2.relu2')).toEqual([8, 8, 64]);
  });

  it('takes every second pixel and adds a quarter of the channels on each side in shortcut A', () => {
    expect(nodeOf(network, 'layer2.0.shortcut.subsample')).toMatchObject({
      inputs: ['layer1.2.relu2'],
      stride: [2, 2],
    });
    expect(nodeOf(network, 'layer2.0.shortcut.pad')).toMatchObject({ channels: { before: 8, after: 8 } });
    expect(nodeOf(network, 'layer3.0.shortcut.pad')).toMatchObject({ channels: { before: 16, after: 16 } });
    expect(nodeOf(network, 'layer3.0.add').inputs).toEqual(['layer3.0.bn2', 'layer3.0.shortcut.pad']);
  });

  it('has a 1×1 convolution and a batch norm in shortcut B, only where shapes differ', () => {
    const projected = resnet20({ shortcut: 'B' });
    const shortcuts = projected.nodes.filter(({ name }) => name.includes('shortcut')).map(({ name }) => name);
    expect(shortcuts).toEqual([
      'layer2.0.shortcut.0',
      'layer2.0.shortcut.1',
      'layer3.0.shortcut.0',
      'layer3.0.shortcut.1',
    ]);
    expect(projected.parameters.get('layer2.0.shortcut.0.weight')?.shape).toEqual([1, 1, 16, 32]);
  });

  it('starts at the same weights as a deeper one wherever both have a layer', () => {
    const deeper = resnet32();
    for (const [name, { data }] of network.parameters) expect(deeper.parameters.get(name)?.data).toEqual(data);
  });
});

describe('resnetSmall', () => {
  it('is ResNet-20 with three blocks a stage', () => {
    const small = resnetSmall({ blocks: [3, 3, 3], seed: 5 });
    const published = resnet20({ seed: 5 });
    expect(small.nodes).toEqual(published.nodes);
    expect(small.parameters).toEqual(published.parameters);
  });

  it('has as many stages as blocks are given, and a stem of any stride', () => {
    const shapes = inferShapes(resnetSmall({ width: 4, blocks: [1, 2], stemStride: 2 }));
    expect(shapes.get('relu1')).toEqual([16, 16, 4]);
    expect(shapes.get('layer1.0.relu2')).toEqual([16, 16, 4]);
    expect(shapes.get('layer2.1.relu2')).toEqual([8, 8, 8]);
    expect(shapes.has('layer3.0.relu2')).toBe(false);
  });
});
