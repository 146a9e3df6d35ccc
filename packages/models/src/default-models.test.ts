import { describe, expect, it } from 'vitest';
import { testModelFamily } from './conformance/conformance.js';
import type { ModelExpectations } from './conformance/conformance.js';
import { defaultModels } from './default-models.js';

const smallVgg = { widths: [4, 4, 4, 4, 4], hidden: 8 };
const smallImageNet = { inputShape: [64, 64, 3], classes: 10 };

/** Sizes as published: by the papers where they give them, by torchvision and mlcommons/tiny to the last parameter. */
const expectations: Readonly<Record<string, ModelExpectations>> = {
  resnet20: { options: { width: 4 }, published: [{ options: {}, parameters: 269_722 }] },
  resnet32: { options: { width: 4 }, published: [{ options: {}, parameters: 464_154 }] },
  resnet44: { options: { width: 4 }, published: [{ options: {}, parameters: 658_586 }] },
  resnet56: { options: { width: 4 }, published: [{ options: {}, parameters: 853_018 }] },
  resnet110: { options: { width: 4 }, published: [{ options: {}, parameters: 1_727_962 }] },
  'resnet-small': { options: { width: 4, blocks: [1, 1] } },
  resnet9: { options: { widths: [4, 4, 8, 8] }, published: [{ options: {}, parameters: 2_440_266 }] },
  resnet18: { options: { width: 4 } },
  resnet34: { options: { width: 4 } },
  'resnet18-imagenet': {
    options: { width: 4, ...smallImageNet },
    published: [{ options: {}, parameters: 11_689_512 }],
  },
  'resnet34-imagenet': {
    options: { width: 4, ...smallImageNet },
    published: [{ options: {}, parameters: 21_797_672 }],
  },
  vgg11: { options: smallVgg },
  vgg13: { options: smallVgg },
  vgg16: { options: smallVgg },
  vgg19: { options: smallVgg },
  'vgg11-imagenet': { options: { ...smallVgg, ...smallImageNet } },
  'vgg13-imagenet': { options: { ...smallVgg, ...smallImageNet } },
  'vgg16-imagenet': {
    options: { ...smallVgg, ...smallImageNet },
    published: [{ options: {}, parameters: 138_365_992 }],
  },
  'vgg19-imagenet': { options: { ...smallVgg, ...smallImageNet } },
  mobilenetv2: { options: { widthMultiplier: 0.25 } },
  'mobilenetv2-imagenet': {
    options: { widthMultiplier: 0.25, ...smallImageNet },
    published: [{ options: {}, parameters: 3_504_872 }],
  },
  resnext29: {
    options: { cardinality: 2, groupWidth: 2, width: 4 },
    published: [{ options: {}, parameters: 34_426_698 }],
  },
  lenet5: { published: [{ options: {}, parameters: 61_706 }] },
  // mlcommons/tiny counts 78,666 and 221,794, the statistics of the batch norms with them.
  resnet8: { published: [{ options: {}, parameters: 78_666 - 480 }] },
  'mobilenetv1-vww': { options: { width: 4 }, published: [{ options: {}, parameters: 221_794 - 5472 }] },
  'glyph-net': { published: [{ options: {}, parameters: 61_338 }] },
  'vgg-small': { options: { widths: [4, 8], convolutions: 2 } },
};

for (const name of defaultModels.names) testModelFamily(defaultModels.get(name), { describe, it }, expectations[name]);

describe('defaultModels', () => {
  it('is what the expectations above speak of', () => {
    expect(Object.keys(expectations).toSorted()).toEqual(defaultModels.names.toSorted());
  });

  it('names the nearest model where a name is unknown', () => {
    expect(() => defaultModels.get('resnet21')).toThrow("There is no model 'resnet21'. Did you mean 'resnet20'?");
  });

  it('takes a model from outside, but not under a name that is taken', () => {
    const mine = { ...defaultModels.get('lenet5'), name: 'mine' };
    expect(defaultModels.with(['mine', mine]).get('mine')).toBe(mine);
    expect(() => defaultModels.with(['lenet5', mine])).toThrow("The model 'lenet5' is registered twice");
  });
});
