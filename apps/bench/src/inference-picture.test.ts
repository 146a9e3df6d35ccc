import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { inferencePicture } from './inference-picture.js';
import type { InferenceResult } from './inference-session.js';
import { describeFit, fitsOf } from './time-fits.js';

/** A machine on which float32 takes 0.5 ms and 0.1 ms a million operations, and all else takes 2 ms a step. */
function at(steps: number, sops: number): InferenceResult {
  const imagesPerCpuSecond = {
    'event-float32': 1000 / (0.5 + 0.1 * sops),
    'event-int8': 1000 / (0.25 + 0.05 * sops),
    tfjs: 500 / steps,
    'ann-tfjs-wasm': 500 / steps,
  };
  return {
    network: 'some & network',
    steps,
    threads: 1,
    batch: 32,
    imagesPerSecond: imagesPerCpuSecond,
    medianImagesPerSecond: imagesPerCpuSecond,
    imagesPerCpuSecond,
    passes: {},
    absent: {},
    timesDensePasses: {},
    timesDensePassesCpu: {},
    agreement: {},
    firingRate: 0.15,
    firingRates: {},
    sopsPerImage: sops * 1e6,
    peakMegabytes: {},
    loadAverage: [],
  };
}
const results = [1, 2, 4, 8].map((steps) => at(steps, 5 * steps));

describe('fitsOf', () => {
  it('gives what an image takes without spikes and what spikes add, for each format', () => {
    const fits = fitsOf(results);
    expect(fits.map(({ contender }) => contender)).toEqual(['event-float32', 'event-int8']);
    expect(fits[0]?.milliseconds.slope).toBeCloseTo(0.1, 9);
    expect(fits[0]?.milliseconds.intercept).toBeCloseTo(0.5, 9);
    expect(fits.map(describeFit)[0]).toBe(
      'event-float32: 0.500 ms an image and 100.0 ms a thousand million synaptic operations (R² 1.000)',
    );
  });

  it('keeps numbers of threads apart, and says nothing of fewer than three points', () => {
    const both = [...results, ...results.slice(0, 2).map((result) => ({ ...result, threads: 2 }))];
    expect(fitsOf(both).map(({ threads }) => threads)).toEqual([1, 1]);
  });
});

describe('inferencePicture', () => {
  it('is an SVG document with two panels, a key for everyone who took part, and the lines in words', () => {
    const svg = inferencePicture('Time & <spikes>', results);
    const { document } = parseHTML(svg);
    expect(document.querySelector('svg')?.getAttribute('aria-label')).toBe('Time & <spikes>');
    const texts = [...document.querySelectorAll('text')].map(({ textContent }) => textContent);
    for (const name of ['event-float32', 'event-int8', 'tfjs', 'ann-tfjs-wasm']) expect(texts).toContain(name);
    expect(texts).not.toContain('ann-onnxruntime-node');
    expect(texts.filter((text) => text?.includes('ms a thousand million'))).toHaveLength(2);
    expect(svg).not.toMatch(/NaN|undefined/);
    // Dots of both panels: everyone's at each T, and the event engine's at each number of operations.
    expect(document.querySelectorAll('circle')).toHaveLength(4 * 4 + 2 * 4);
  });
});
