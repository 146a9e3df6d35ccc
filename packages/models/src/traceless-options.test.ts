import { describe, expect, it } from 'vitest';
import { defaultDetectors } from './detectors/index.js';
import { defaultModels } from './default-models.js';
import { describeUntold, openOptions } from './traceless-options.js';

const glyphNet = defaultModels.get('glyph-net');
const about = (given: Readonly<Record<string, unknown>>, metadata: Readonly<Record<string, string>> = {}) => ({
  network: glyphNet.build(given),
  given,
  metadata,
});

describe('openOptions', () => {
  it('names what nobody gave, what is taken and what else it could be', () => {
    const { untold } = openOptions(glyphNet, about({ inputShape: [32, 32, 3] }));
    expect(untold).toEqual([{ name: 'pooling', taken: 'average', alternatives: 'max' }]);
    expect(describeUntold('glyph-net', untold)).toBe(
      'weights do not reveal every option of glyph-net; assumed: pooling=average (not max)',
    );
    expect(describeUntold('resnet20', [])).toBeUndefined();
  });

  it('believes the file of the weights, if it is of the same model', () => {
    const told = { model: 'glyph-net', pooling: 'max', inputShape: '32,32,3' };
    expect(openOptions(glyphNet, about({ pooling: 'max' }, told))).toEqual({ untold: [], conflicting: [] });
    expect(openOptions(glyphNet, about({}, told)).conflicting).toEqual([
      { name: 'pooling', taken: 'average', told: 'max', isGiven: false },
    ]);
    expect(openOptions(glyphNet, about({}, { ...told, model: 'vgg-small' })).conflicting).toEqual([]);
  });

  it.each([
    ['resnet20', ['inputShape']],
    ['vgg16', ['pooling']],
    ['resnet18-imagenet', ['pooling', 'inputShape']],
    ['mobilenetv2', ['blockOutput', 'inputShape']],
    ['tiny-yolov2', ['pooling', 'anchors', 'inputShape']],
    ['yolo-small', ['pooling', 'poolings', 'anchors', 'inputShape']],
    ['fastestdet', ['pooling', 'inputShape']],
  ])('knows what weights of %s do not reveal', (model, names) => {
    const { options } = defaultModels.has(model) ? defaultModels.get(model) : defaultDetectors.get(model);
    const marked = Object.keys(options).filter((name) => options[name]?.traceless === true && name !== 'activation');
    expect(marked).toEqual(names);
  });
});

describe('models named as in torchvision', () => {
  it.each([
    'vgg11',
    'vgg13',
    'vgg16',
    'vgg19',
    'vgg11-imagenet',
    'vgg13-imagenet',
    'vgg16-imagenet',
    'vgg19-imagenet',
    'resnet18-imagenet',
    'resnet34-imagenet',
  ])('%s takes the maximum by default', (model) => {
    expect(defaultModels.get(model).options['pooling']?.default).toBe('max');
  });

  it('are the backbone of a detector, too', () => {
    expect(defaultDetectors.get('yolov2-resnet34').options['pooling']?.default).toBe('max');
  });
});
