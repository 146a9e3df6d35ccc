import { convert } from '@rheobase/converter';
import { defaultNormalizations, glyphs } from '@rheobase/datasets';
import { bind, startTensorBackend } from '@rheobase/execution';
import { clipSites, glyphNet } from '@rheobase/models';
import { memory, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { images } from './image-batches.js';
import { spikeRaster } from './spike-raster.js';

const given = images(glyphs({ split: 'test', length: 20 }), defaultNormalizations.get('unit'), { batchSize: 10 });
beforeAll(async () => {
  await startTensorBackend();
});

describe('a spike raster', () => {
  it('has the spikes of neurons of every layer, as the simulation gives them', async () => {
    const bound = bind(convert(glyphNet({ activation: clipSites(1) })).network);
    const before = memory().numTensors;
    const raster = await spikeRaster(bound, given, 7, { steps: 3, neurons: 10 });
    expect(memory().numTensors).toBe(before);
    expect(raster.layers.map(({ node }) => node)).toEqual([...bound.neurons.keys()]);
    expect(
      raster.layers
        .flatMap(({ spikes }) => spikes)
        .flat()
        .some((count) => count > 0),
    ).toBe(true);
    const [first] = raster.layers;
    expect(first?.shown).toHaveLength(10);

    const { images: pixels, labels } = await given.source.read([7]);
    expect(raster.image).toEqual({ shape: [32, 32, 3], pixels: [...pixels] });
    expect(raster.label).toBe(given.source.classNames[labels[0] ?? -1]);
    const input = tensor(
      Float32Array.from(pixels, (value) => value / 255),
      [1, 32, 32, 3],
    );
    const { records } = bound.simulate(input, { steps: 3, probes: [{ kind: 'spikes', node: first?.node ?? '' }] });
    input.dispose();
    const data = records[0]?.data ?? [];
    first?.shown.forEach((neuron, row) => {
      const expected = [0, 1, 2].map((t) => data[(t * data.length) / 3 + neuron]);
      expect(first.spikes[row]).toEqual(expected);
    });
    bound.dispose();
  });

  it('shows all neurons of a small layer, each once', async () => {
    const bound = bind(convert(glyphNet({ activation: clipSites(1) })).network);
    const { layers } = await spikeRaster(bound, given, 0, { steps: 1, neurons: 1_000_000 });
    for (const { neurons, shown } of layers) expect(shown).toEqual(Array.from({ length: neurons }, (_, i) => i));
    bound.dispose();
  });

  it('refuses an image that is not there', async () => {
    const bound = bind(convert(glyphNet({ activation: clipSites(1) })).network);
    await expect(spikeRaster(bound, given, 20, { steps: 1, neurons: 1 })).rejects.toThrow(/no image 20/);
    bound.dispose();
  });
});
