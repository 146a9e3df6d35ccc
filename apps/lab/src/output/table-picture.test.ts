import { glyphs, defaultNormalizations } from '@rheobase/datasets';
import { convert } from '@rheobase/converter';
import { startTensorBackend } from '@rheobase/execution';
import { clipSites, glyphNet } from '@rheobase/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { images, spikingNetworkAccuracy, type SpikingSummary, summarize, tensorEngine } from '@rheobase/experiments';
import { tablePicture } from './table-picture.js';

let summary: SpikingSummary;
beforeAll(async () => {
  await startTensorBackend();
  const { network } = convert(glyphNet({ activation: clipSites(1) }));
  const few = images(glyphs({ split: 'test', length: 20 }), defaultNormalizations.get('unit'), { batchSize: 10 });
  summary = summarize(network, await spikingNetworkAccuracy(network, few, 3, tensorEngine));
});

describe('summarize', () => {
  it('gives every figure at every step, the last being that of the whole run', () => {
    for (const at of [summary.accuracyAt, summary.sopsPerImageAt, summary.energyRatioAt, summary.firingRateAt]) {
      expect(Object.keys(at)).toEqual(['1', '2', '3']);
    }
    expect(summary.accuracy).toBe(summary.accuracyAt['3']);
    expect(summary.sopsPerImage).toBe(summary.sopsPerImageAt['3']);
    expect(summary.energyRatio).toBe(summary.energyRatioAt['3']);
    expect(summary.firingRate).toBe(summary.firingRateAt['3']);
  });

  it('counts energy by the formula: MACs of the first layer once, an accumulate a synaptic operation', () => {
    // 32×32 positions of a padded 3×3 convolution of 3 channels to 16: (3·32 − 2)² taps, not counting padding.
    const first = 94 * 94 * 3 * 16;
    const expected = (4.6 * first + 0.9 * summary.sopsPerImage) / (4.6 * summary.macsPerImage);
    expect(summary.energyRatio).toBeCloseTo(expected, 9);
  });
});

describe('tablePicture', () => {
  it('draws a row for each power of two and for T, and the source network’s accuracy', () => {
    const svg = tablePicture('title', summary, 0.5);
    expect(svg.match(/<rect [^>]*fill="#eef1f5"/g)).toHaveLength(3);
    expect(svg).toMatch(/source network 50\.00 %/);
    expect(tablePicture('title', summary, undefined)).not.toMatch(/source network/);
  });

  it('lets no text from data become markup', () => {
    const svg = tablePicture('<script>alert("x")</script>', summary, 0.5);
    expect(svg).not.toMatch(/<script/);
    expect(svg).toMatch(/&#60;script&#62;/);
  });
});
