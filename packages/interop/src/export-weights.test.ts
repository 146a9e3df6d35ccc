import {
  resnet18ImageNet,
  resnet20,
  resnet8,
  mobilenetV1Vww,
  mobilenetV2ImageNet,
  vgg11ImageNet,
} from '@rheobase/models';
import type { Network } from '@rheobase/network';
import { networkBuilder, constantParameter } from '@rheobase/network';
import { convertibleFeatures, networkArbitrary } from '@rheobase/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultConventions } from './default-conventions.js';
import { exportWeights } from './export-weights.js';
import { loadWeights } from './load-weights.js';

const shapesOf = (network: Network, convention: 'pytorch' | 'keras') =>
  Object.fromEntries(Array.from(exportWeights(network, convention), ([name, { shape }]) => [name, shape]));

function cleared(network: Network): Network {
  const zeros = Array.from(
    network.parameters,
    ([name, { role, shape }]) => [name, constantParameter(role, shape, 0)] as const,
  );
  return { ...network, parameters: new Map(zeros) };
}

describe('exportWeights', () => {
  // A reshape in the middle of a network has no channels-first counterpart, which the PyTorch convention refuses.
  const channelsFirst = convertibleFeatures.filter((feature) => feature !== 'reshape');

  it.each(['pytorch', 'keras', 'rheobase'] as const)('is undone by loadWeights: %s', (convention) => {
    const features = convention === 'pytorch' ? channelsFirst : convertibleFeatures;
    fc.assert(
      fc.property(networkArbitrary({ features }), (network) => {
        const tensors = exportWeights(network, convention);
        expect(loadWeights(cleared(network), tensors, { convention }).network).toEqual(network);
      }),
      { seed: 7, numRuns: 60 },
    );
  });

  it('gives akamaster’s names and layouts for ResNet-20', () => {
    const shapes = shapesOf(resnet20(), 'pytorch');
    expect(Object.keys(shapes)).toHaveLength(97);
    expect(shapes).toMatchObject({
      'conv1.weight': [16, 3, 3, 3],
      'bn1.running_var': [16],
      'layer2.0.conv1.weight': [32, 16, 3, 3],
      'linear.weight': [10, 64],
    });
  });

  it('gives torchvision’s names and layouts', () => {
    expect(shapesOf(resnet18ImageNet({ initialization: 'zeros' }), 'pytorch')).toMatchObject({
      'conv1.weight': [64, 3, 7, 7],
      'layer2.0.downsample.0.weight': [128, 64, 1, 1],
      'layer2.0.downsample.1.running_mean': [128],
      'fc.weight': [1000, 512],
    });
    expect(shapesOf(mobilenetV2ImageNet({ initialization: 'zeros' }), 'pytorch')).toMatchObject({
      'features.0.0.weight': [32, 3, 3, 3],
      'features.1.conv.0.0.weight': [32, 1, 3, 3],
      'features.1.conv.1.weight': [16, 32, 1, 1],
      'features.2.conv.3.bias': [24],
      'features.18.1.weight': [1280],
      'classifier.1.weight': [1000, 1280],
    });
    const vgg = vgg11ImageNet({ widths: [4, 4, 4, 4, 4], hidden: 8, initialization: 'zeros' });
    expect(shapesOf(vgg, 'pytorch')).toMatchObject({
      'features.0.weight': [4, 3, 3, 3],
      'features.1.running_var': [4],
      'classifier.0.weight': [8, 4 * 7 * 7],
      'classifier.6.bias': [1000],
    });
  });

  it('gives Keras’ names and layouts', () => {
    expect(shapesOf(resnet8(), 'keras')).toMatchObject({
      'conv2d_5/kernel:0': [1, 1, 16, 32],
      'batch_normalization_6/moving_variance:0': [64],
      'dense/kernel:0': [64, 10],
    });
    expect(shapesOf(mobilenetV1Vww(), 'keras')).toMatchObject({
      'depthwise_conv2d_12/depthwise_kernel:0': [3, 3, 256, 1],
      'depthwise_conv2d_12/bias:0': [256],
    });
  });

  it('gives a depthwise kernel of several filters a channel its own axis, as Keras does', () => {
    const builder = networkBuilder();
    builder.input('input', [4, 4, 3]);
    const weight = constantParameter('weight', [3, 3, 1, 6], 0);
    builder.output('output', builder.conv2d('depthwise', 'input', { weight, groups: 3 }));
    expect(shapesOf(builder.build(), 'keras')).toEqual({ 'depthwise/depthwise_kernel:0': [3, 3, 3, 2] });
  });

  it('refuses weights whose order in a channels-first network cannot be determined', () => {
    const builder = networkBuilder();
    builder.input('input', [2, 2, 3]);
    builder.node({ op: 'reshape', name: 'mixed', inputs: ['input'], shape: [3, 2, 2] });
    const weight = constantParameter('weight', [1, 1, 2, 2], 0);
    builder.output('output', builder.conv2d('conv', 'mixed', { weight }));
    const network = builder.build();
    expect(() => exportWeights(network, 'pytorch')).toThrow(
      "The weights of 'conv' have no PyTorch layout: 'mixed' makes a value of another kind out of its elements",
    );
    expect(exportWeights(network, 'keras').size).toBe(1);
  });

  it('takes a custom convention', () => {
    const mine = {
      ...defaultConventions.get('rheobase'),
      name: 'mine',
      slots: (network: Network) =>
        defaultConventions
          .get('rheobase')
          .slots(network)
          .map((slot) => ({ ...slot, tensors: [`mine/${slot.parameter}`] as const })),
    };
    const network = resnet8({ seed: 1 });
    const tensors = exportWeights(network, mine);
    expect([...tensors.keys()][0]).toBe('mine/conv2d.weight');
    expect(loadWeights(resnet8(), tensors, { convention: mine }).network.parameters).toEqual(network.parameters);
  });

  it('refuses a convention that gives two parameters one name', () => {
    const clash = {
      ...defaultConventions.get('rheobase'),
      slots: (network: Network) =>
        defaultConventions
          .get('rheobase')
          .slots(network)
          .map((slot) => ({ ...slot, tensors: ['all'] as const })),
    };
    expect(() => exportWeights(resnet8(), clash)).toThrow("two parameters have the name 'all'");
  });

  it('names the nearest convention where one is unknown', () => {
    // @ts-expect-error: the compiler refuses it too
    expect(() => exportWeights(resnet8(), 'pytorhc')).toThrow(
      "There is no weight convention 'pytorhc'. Did you mean 'pytorch'?",
    );
  });
});
