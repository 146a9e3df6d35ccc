import { inferShapes, nodeOf } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { mobilenetV2, mobilenetV2ImageNet } from './mobilenet-v2.js';

const full = { initialization: 'zeros' } as const;

describe('mobilenetV2', () => {
  it('ends at 4×4 on 32×32 images', () => {
    expect(inferShapes(mobilenetV2(full)).get('features.18.2')?.slice(0, 2)).toEqual([4, 4]);
  });

  it('has ReLU6 at its sites by default', () => {
    const kinds = mobilenetV2(full).nodes.flatMap((node) => (node.op === 'activation' ? [node.activation.kind] : []));
    expect(kinds).toEqual(Array.from({ length: 35 }, () => 'relu6'));
  });

  it('adds the input of a block where neither size nor channels change', () => {
    const network = mobilenetV2(full);
    expect(nodeOf(network, 'features.3.add').inputs).toEqual(['features.2.conv.3', 'features.3.conv.3']);
    expect(network.nodes.filter(({ op }) => op === 'add')).toHaveLength(10);
  });

  it('ends every block in an activation on demand, behind the addition where there is one', () => {
    const network = mobilenetV2({ ...full, blockOutput: 'activation' });
    expect(nodeOf(network, 'features.1.relu').inputs).toEqual(['features.1.conv.2']);
    expect(nodeOf(network, 'features.3.relu').inputs).toEqual(['features.3.add']);
    expect(nodeOf(network, 'features.4.conv.0.0').inputs).toEqual(['features.3.relu']);
    expect(network.nodes.filter(({ name }) => /^features\.\d+\.relu$/.test(name))).toHaveLength(17);
  });
});

describe('mobilenetV2ImageNet', () => {
  const network = mobilenetV2ImageNet(full);

  it('ends at 7×7×1280 on 224×224 images', () => {
    expect(inferShapes(network).get('features.18.2')).toEqual([7, 7, 1280]);
  });

  it('has torchvision’s names, depthwise kernels among them', () => {
    expect(network.parameters.get('features.1.conv.0.0.weight')?.shape).toEqual([3, 3, 1, 32]);
    expect(network.parameters.get('features.1.conv.1.weight')?.shape).toEqual([1, 1, 32, 16]);
    expect(network.parameters.get('features.2.conv.1.0.weight')?.shape).toEqual([3, 3, 1, 96]);
    expect(network.parameters.get('classifier.1.weight')?.shape).toEqual([1280, 1000]);
  });
});
