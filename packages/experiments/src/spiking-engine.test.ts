import { convert } from '@rheobase/converter';
import { defaultNormalizations, glyphs } from '@rheobase/datasets';
import { startTensorBackend } from '@rheobase/execution';
import { clipSites, glyphNet } from '@rheobase/models';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { images } from './image-batches.js';
import { spikingNetworkAccuracy } from './spiking-accuracy.js';
import { eventEngineOf, tensorEngine } from './spiking-engine.js';
import { summarize } from './spiking-summary.js';

const { network } = convert(glyphNet({ seed: 3, activation: clipSites(1) }));
const few = images(glyphs({ split: 'test', length: 24 }), defaultNormalizations.get('unit'), { batch: 10 });

beforeAll(() => startTensorBackend());

describe('engines', () => {
  it('give the same accuracy, firing rates, synaptic operations and energy, but for neurons at their threshold', async () => {
    const before = memory().numTensors;
    const [dense, event] = await Promise.all(
      [tensorEngine, eventEngineOf()].map(async (start) =>
        summarize(network, await spikingNetworkAccuracy(network, few, 5, start)),
      ),
    );
    expect(memory().numTensors).toBe(before);
    if (dense === undefined || event === undefined) throw new Error('There are two engines.');
    expect(event.accuracyAt).toEqual(dense.accuracyAt);
    for (const [name, rate] of Object.entries(dense.firingRates)) {
      expect(event.firingRates[name], name).toBeCloseTo(rate, 4);
    }
    for (const [t, operations] of Object.entries(dense.sopsPerImageAt)) {
      expect((event.sopsPerImageAt[t] ?? 0) / operations, `t = ${t}`).toBeCloseTo(1, 4);
    }
    expect(event.energyRatio).toBeCloseTo(dense.energyRatio, 4);
    expect(event.macsPerImage).toBe(dense.macsPerImage);
  });
});
