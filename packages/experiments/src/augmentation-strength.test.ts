import { defaultNormalizations, type RasterImage } from '@rheobase/datasets';
import { randomStream } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { type AugmentationDetails, type AugmentationStrength, augmentationsOf } from './augmentation-strength.js';

const named = (strength: AugmentationStrength, details?: AugmentationDetails): readonly string[] =>
  augmentationsOf(strength, defaultNormalizations.get('cifar10'), details).map(({ name }) => name);

describe('augmentationsOf', () => {
  it('crops and flips for standard, with AutoAugment and Cutout for strong', () => {
    expect(named('none')).toEqual([]);
    expect(named('standard')).toEqual(['pad-crop', 'horizontal-flip']);
    expect(named('strong')).toEqual(['pad-crop', 'horizontal-flip', 'auto-augment', 'cutout']);
  });

  it('flips every other time and hides a part where that is asked for', () => {
    expect(named('standard', { flip: 'alternating', cutout: 8 })).toEqual(['pad-crop', 'alternating-flip', 'cutout']);
    expect(named('strong', { flip: 'alternating' })).toEqual([
      'pad-crop',
      'alternating-flip',
      'auto-augment',
      'cutout',
    ]);
  });

  it('surrounds images by their reflection where that is asked for, and hides a square of the size given', () => {
    const image = { height: 32, width: 32, channels: 3, data: new Uint8Array(32 * 32 * 3).fill(200) };
    const cells = (details: AugmentationDetails, level: (red: number) => boolean): number => {
      const [first, , ...later] = augmentationsOf('standard', defaultNormalizations.get('cifar10'), details);
      const random = randomStream(1);
      const changed = [first, ...later].reduce<RasterImage>(
        (at, augmentation) => augmentation?.apply(at, random) ?? at,
        image,
      );
      return changed.data.filter((value, at) => at % 3 === 0 && level(value)).length;
    };
    expect(cells({}, (red) => red === 0)).toBeGreaterThan(0);
    expect(cells({ surround: 'reflection' }, (red) => red !== 200)).toBe(0);
    const hidden = cells({ surround: 'reflection', cutout: 8 }, (red) => red !== 200);
    expect(hidden).toBeGreaterThan(0);
    expect(hidden).toBeLessThanOrEqual(64);
  });

  it('refuses details of an augmentation that does nothing, naming them', () => {
    expect(() => named('none', { flip: 'alternating', cutout: 8 })).toThrow(
      "The augmentation 'none' leaves images as they are, but 'flip' and 'cutout' are given: take 'standard' or 'strong'",
    );
    expect(() => named('none', { surround: 'black' })).toThrow(/'surround' is given/);
  });
});
