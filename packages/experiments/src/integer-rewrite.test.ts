import { convert, currentCorrection, type IntegerConversion, toInteger } from '@rheobase/converter';
import { defaultNormalizations, glyphs } from '@rheobase/datasets';
import { eventEngine } from '@rheobase/event-engine';
import { clipSites, glyphNet } from '@rheobase/models';
import { isIntegerNetwork, type Network, type Probe, type ProbeRecord } from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { batchesOf, images } from './image-batches.js';
import { correctedInteger } from './integer-rewrite.js';

const { network } = convert(glyphNet({ seed: 3, activation: clipSites(1) }));
const source = glyphs({ split: 'test', length: 24 });
const normalization = defaultNormalizations.get('unit');
const few = images(source, normalization, { batchSize: 24 });
const steps = 4;
const neurons = network.nodes.flatMap(({ op, name }) => (op === 'neuron' ? [name] : []));

const probes = (['mean-input', 'spikes'] as const).flatMap((kind) => neurons.map((node): Probe => ({ kind, node })));

/** Mean currents of all neurons, then their spikes. */
async function record(given: Network, spikes?: ReadonlyMap<string, Int8Array>): Promise<readonly ProbeRecord[]> {
  const engine = await eventEngine(given);
  for await (const batch of batchesOf(few)) {
    return engine.simulate(batch, { steps, probes, ...(spikes && { spikes }) }).records;
  }
  throw new Error('There are no images.');
}

describe('correctedInteger', () => {
  it('brings the mean currents behind int8 weights nearer to those in float32, each layer on the same spikes', async () => {
    const float = await record(network);
    const spikes = new Map(
      float.flatMap(({ probe, data }) => (data instanceof Int8Array ? [[probe.node, data] as const] : [])),
    );
    const meanLosses = async ({ network: whole, currentUnits }: IntegerConversion): Promise<readonly number[]> => {
      const records = await record(whole, spikes);
      return neurons.map((name, k) => {
        const [source, integer, unit] = [float[k], records[k], currentUnits.get(name)];
        if (source === undefined || integer === undefined || unit === undefined) throw new Error(`no ${name}`);
        const loss = currentCorrection(source, integer, unit);
        return loss.reduce((sum, value) => sum + Math.abs(value), 0) / loss.length;
      });
    };
    const corrected = await correctedInteger(network, { images: few, steps });
    expect(isIntegerNetwork(corrected.network)).toBe(true);
    const [before, after] = [await meanLosses(toInteger(network, { inputMaximum: 1 })), await meanLosses(corrected)];
    expect(neurons.length).toBeGreaterThan(2);
    before.forEach((loss, k) => {
      if (k > 0) expect(after[k], neurons[k]).toBeLessThan(0.5 * loss);
    });
  });

  it('weighs batches by their images', async () => {
    const dataOf = async (batchSize: number): Promise<readonly (readonly number[])[]> => {
      const rewritten = await correctedInteger(network, {
        images: images(source, normalization, { batchSize }),
        steps,
      });
      return [...rewritten.network.parameters.values()].map(({ data }) => [...data]);
    };
    expect(await dataOf(7)).toEqual(await dataOf(24));
  });

  it('refuses to record nothing', async () => {
    const none = images(source, normalization, { limit: 0, batchSize: 10 });
    await expect(correctedInteger(network, { images: none, steps })).rejects.toThrow(/no images to record/);
  });
});
