import { startTensorBackend, tensorSimulator } from '@rheobase/execution';
import { networkBuilder } from '@rheobase/network';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchOf, identitySite, imagesOf } from './by-hand.fixture.js';
import type { ConversionMethod, GivenOptions } from './conversion-method.js';
import { exampleTask } from './conformance/example-task.js';
import { burstSpikes } from './burst-spikes.js';
import { optimizedPotentials } from './optimized-potentials.js';
import { outputError } from './output-error.js';
import { qcfs } from './qcfs.js';
import { thresholdBalancing } from './threshold-balancing.js';

beforeAll(() => startTensorBackend());

/** θ becomes 1: the largest of these. They are 1.25, 2.75, 2 and 4 quarters. */
const inputs = [0.3125, 0.6875, 0.5, 1];

/** The rates after T steps of neurons that are given these inputs. */
async function ratesOf(method: ConversionMethod, options: GivenOptions, steps: number): Promise<readonly number[]> {
  const images = imagesOf([inputs]);
  const kind = method.needs.network === 'source' ? 'relu' : { theta: 1, levels: 4 };
  const task = { network: identitySite(4, kind), steps, images: { calibration: images, heldOut: images }, seed: 0 };
  const { network, procedure } = await method.convert(task, options);
  const simulator = tensorSimulator(network);
  const { outputs } = await procedure.simulate(simulator, batchOf([inputs]), { steps });
  simulator.dispose();
  return [...(outputs.get('out')?.data.slice(-4) ?? [])];
}

describe('what a method makes of a steady input, worked by hand', () => {
  it('is rounded down to a rate by threshold balancing, and to the nearest one with the shift', async () => {
    const highest = { percentile: 100 };
    expect(await ratesOf(thresholdBalancing, highest, 4)).toEqual([0.25, 0.5, 0.5, 1]);
    expect(await ratesOf(thresholdBalancing, { ...highest, shift: 'half-step' }, 4)).toEqual([0.25, 0.75, 0.5, 1]);
  });

  it('is rounded to the nearest rate by optimized potentials, for every T', async () => {
    expect(await ratesOf(optimizedPotentials, { percentile: 100 }, 4)).toEqual([0.25, 0.75, 0.5, 1]);
    expect(await ratesOf(optimizedPotentials, { percentile: 100 }, 2)).toEqual([0.5, 0.5, 0.5, 1]);
  });

  it('is the quantized activation itself by QCFS, at T = L', async () => {
    expect(await ratesOf(qcfs, {}, 4)).toEqual([0.25, 0.75, 0.5, 1]);
  });

  it('is rounded down to one of Γ·T levels by bursts', async () => {
    // Γ = 4 and T = 2: eighths, of which the inputs are 2.5, 5.5, 4 and 8.
    expect(await ratesOf(burstSpikes, { percentile: 100, maximum: 4 }, 2)).toEqual([0.25, 0.625, 0.5, 1]);
    // Γ = 1 is threshold balancing.
    expect(await ratesOf(burstSpikes, { percentile: 100, maximum: 1 }, 4)).toEqual([0.25, 0.5, 0.5, 1]);
  });
});

describe('with many time steps', () => {
  it('leaky values below zero are reached too: θ covers magnitudes', async () => {
    const build = networkBuilder();
    const leaky = { kind: 'leaky-relu', attributes: { slope: 0.1 } };
    build.output('out', build.activation('site', build.input('in', [4]), leaky));
    const network = build.build();
    // The leaky values are −0.9, −0.4, 0.05 and 0.3.
    const images = imagesOf([[-9, -4, 0.05, 0.3]]);
    const task = { network, steps: 512, images: { calibration: images, heldOut: images }, seed: 0 };
    const converted = await thresholdBalancing.convert(task, { percentile: 100 });
    expect(outputError(network, converted.network, images, 512)).toBeLessThan(1e-5);
  });

  for (const [method, options] of [
    [thresholdBalancing, { percentile: 100 }],
    [thresholdBalancing, { percentile: 100, shift: 'half-step' }],
    [optimizedPotentials, { percentile: 100 }],
    [burstSpikes, { percentile: 100 }],
  ] as const) {
    it(`${method.name} ${JSON.stringify(options)} comes to what the source network says`, async () => {
      const task = exampleTask('source', 400);
      const { calibration } = task.images ?? {};
      if (calibration === undefined) throw new Error('The example has no images.');
      const few = await method.convert({ ...task, steps: 4 }, options);
      const many = await method.convert(task, options);
      const error = outputError(task.network, many.network, calibration, 400);
      expect(error).toBeLessThan(1e-4);
      expect(error).toBeLessThan(outputError(task.network, few.network, calibration, 4) / 20);
    });
  }
});
