import { describe, expect, it } from 'vitest';
import {
  defaultNormalizations,
  figuresName,
  figuresPattern,
  normalizationIn,
  normalizationNamed,
  normalizedMaximum,
  normalizer,
  sameNormalization,
} from './normalization.js';

const one = { name: 'one', summary: '', scale: 1, mean: [0], std: [1] };

describe('normalizer', () => {
  it('gives (x/255 − mean)/std of each channel, rounded once to float32', () => {
    const cifar = defaultNormalizations.get('cifar10');
    const inputs = normalizer(cifar, 3)(Uint8Array.of(0, 128, 255, 7, 8, 9));
    expect([...inputs]).toEqual(
      [
        -0.4914 / 0.2023,
        (128 / 255 - 0.4822) / 0.1994,
        (1 - 0.4465) / 0.201,
        (7 / 255 - 0.4914) / 0.2023,
        (8 / 255 - 0.4822) / 0.1994,
        (9 / 255 - 0.4465) / 0.201,
      ].map(Math.fround),
    );
  });

  it('uses a single figure for every channel', () => {
    expect([...normalizer(defaultNormalizations.get('unit'), 3)(Uint8Array.of(0, 51, 255))]).toEqual([
      0,
      Math.fround(0.2),
      1,
    ]);
    expect([...normalizer(defaultNormalizations.get('raw'), 1)(Uint8Array.of(0, 51, 255))]).toEqual([0, 51, 255]);
  });

  it('refuses images with another number of channels than it has figures', () => {
    expect(() => normalizer(defaultNormalizations.get('imagenet'), 1)).toThrow(
      'normalization imagenet: mean has 3 values but the images have 1 channels',
    );
  });

  it('refuses pixels that are not a multiple of the channels', () => {
    expect(() => normalizer(one, 3)(new Uint8Array(4))).toThrow('4 values are not a multiple of 3 channels');
  });

  it('refuses figures that would give no numbers', () => {
    expect(() => normalizer({ ...one, std: [0] }, 1)).toThrow('std must be positive, is 0');
    expect(() => normalizer({ ...one, scale: 0 }, 1)).toThrow('scale must be positive, is 0');
    expect(() => normalizer({ ...one, mean: [Number.NaN] }, 1)).toThrow('mean must be finite, is NaN');
    expect(() => normalizer({ ...one, mean: [0.4], std: [1e-300] }, 1)).toThrow(
      /std is too small: with mean 0\.4 and std 1e-300, inputs are not finite/,
    );
    expect(() => normalizer({ ...one, scale: 1e-300 }, 1)).toThrow(/not finite in float32/);
  });
});

describe('normalizedMaximum', () => {
  it('is the greatest magnitude that a pixel has, by channel where channels differ', () => {
    expect(normalizedMaximum(defaultNormalizations.get('raw'))).toBe(255);
    expect(normalizedMaximum(defaultNormalizations.get('unit-bgr'))).toBe(1);
    expect(normalizedMaximum({ ...one, mean: [200], std: [2] })).toBe(100);
    expect(normalizedMaximum(defaultNormalizations.get('imagenet'))).toEqual(
      [(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225].map(Math.fround),
    );
    for (const name of defaultNormalizations.names) {
      const normalization = defaultNormalizations.get(name);
      const channels = Math.max(normalization.mean.length, normalization.std.length);
      const every = Uint8Array.from({ length: 256 * channels }, (_, i) => Math.floor(i / channels));
      const inputs = normalizer(normalization, channels)(every);
      expect(Math.max(...[normalizedMaximum(normalization)].flat()), name).toBe(Math.max(...inputs.map(Math.abs)));
    }
  });
});

describe('defaultNormalizations', () => {
  it('have the published figures', () => {
    expect(defaultNormalizations.names).toEqual([
      'imagenet',
      'cifar10',
      'cifar10-image-std',
      'cifar10-channel-std',
      'cifar100',
      'mnist',
      'unit',
      'unit-bgr',
      'raw',
    ]);
    expect(defaultNormalizations.get('imagenet').std).toEqual([0.229, 0.224, 0.225]);
    expect(defaultNormalizations.get('cifar100').mean).toEqual([0.5071, 0.4867, 0.4408]);
    expect(defaultNormalizations.get('mnist')).toMatchObject({ mean: [0.1307], std: [0.3081] });
  });

  it('name the nearest for a name mistyped', () => {
    expect(() => defaultNormalizations.get('cifar-10')).toThrow("Did you mean 'cifar10'?");
  });
});

describe('custom figures', () => {
  const figures = { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] };

  it('are held by a name, which gives them back', () => {
    const name = figuresName(figures);
    expect(name).toBe('mean 0.4914 0.4822 0.4465 std 0.247 0.2435 0.2616');
    expect(name).toMatch(figuresPattern);
    expect(normalizationNamed(name)).toMatchObject({ name, scale: 255, ...figures });
    const small = { mean: [1e-7, -0.5, 0], std: [1e-9, 1, 0.25] };
    expect(normalizationNamed(figuresName(small))).toMatchObject(small);
  });

  it('make the inputs that the normalization of the same figures makes', () => {
    const [own, known] = [normalizationNamed(figuresName(figures)), normalizationNamed('cifar10-channel-std')];
    const pixels = Uint8Array.from({ length: 30 }, (_, at) => (at * 37) % 256);
    expect(normalizer(own, 3)(pixels)).toEqual(normalizer(known, 3)(pixels));
    expect(sameNormalization(own, known)).toBe(true);
  });

  it('carry the scale and the order of channels in their name', () => {
    const name = figuresName({ mean: [127], std: [128], scale: 1, channelOrder: 'bgr' });
    expect(name).toBe('mean 127 std 128 scale 1 bgr');
    expect(name).toMatch(figuresPattern);
    expect(normalizationNamed(name)).toMatchObject({
      name,
      scale: 1,
      mean: [127],
      std: [128],
      channelOrder: 'reversed',
    });
    expect([...normalizer(normalizationNamed(name), 3)(Uint8Array.of(127, 255, 63))]).toEqual([-0.5, 1, 0]);
    const symmetric = normalizationNamed(figuresName({ mean: [1], std: [1], scale: 127.5 }));
    expect(symmetric).toMatchObject({ name: 'mean 1 std 1 scale 127.5', scale: 127.5 });
    expect([...normalizer(symmetric, 1)(Uint8Array.of(0, 255))]).toEqual([-1, 1]);
    expect(sameNormalization(normalizationNamed('mean 0 std 1 bgr'), normalizationNamed('unit-bgr'))).toBe(true);
    expect(sameNormalization(normalizationNamed('mean 0 std 1 scale 1'), normalizationNamed('raw'))).toBe(true);
  });

  it('are refused where they are not those of pixels divided by 255, or do not belong together', () => {
    expect(() => figuresName({ mean: [123.7], std: [58.4] })).toThrow(/pixels divided by 255, from 0 to 1, not 123\.7/);
    expect(() => figuresName({ mean: [0.5], std: [0] })).toThrow(/deviation .* must be above 0/);
    expect(() => figuresName({ mean: [0.4], std: [1, 1e-300] })).toThrow(/too small: with mean 0\.4 and std 1e-300/);
    expect(() => figuresName({ mean: [0.5, 0.5], std: [1, 1, 1] })).toThrow(/these are 2 and 3/);
    expect(() => figuresName({ mean: [Number.NaN], std: [1] })).toThrow(/not NaN/);
    expect(() => figuresName({ mean: [300], std: [1], scale: 1 })).toThrow(/divided by 1, from 0 to 255, not 300/);
    expect(() => figuresName({ mean: [0], std: [1], scale: 0 })).toThrow(/scale .* must be above 0, not 0/);
    expect(() => normalizationNamed('mean 0.5 std')).toThrow(/no normalization 'mean 0\.5 std'/);
  });
});

describe('the normalizations known by name', () => {
  it('keep what cifar10 has always meant, under an honest name too', () => {
    const [old, honest, channel] = ['cifar10', 'cifar10-image-std', 'cifar10-channel-std'].map(normalizationNamed);
    expect(old).toMatchObject({ name: 'cifar10', mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] });
    expect(honest?.summary).toMatch(/deviation within an image/);
    expect(old && honest && sameNormalization(old, honest)).toBe(true);
    expect(old && channel && sameNormalization(old, channel)).toBe(false);
  });

  it('are the same with one figure for all as with one for each channel, and not where blue comes first', () => {
    const unit = normalizationNamed('unit');
    expect(sameNormalization(unit, normalizationNamed('mean 0 0 0 std 1 1 1'))).toBe(true);
    expect(sameNormalization(unit, normalizationNamed('unit-bgr'))).toBe(false);
    expect(sameNormalization(unit, normalizationNamed('raw'))).toBe(false);
  });

  it('are not mistaken for a VGG’s option of that name in metadata', () => {
    expect(normalizationIn({ normalization: 'imagenet' })).toBe('imagenet');
    expect(normalizationIn({ normalization: 'batch' })).toBeUndefined();
    expect(normalizationIn({})).toBeUndefined();
  });
});
