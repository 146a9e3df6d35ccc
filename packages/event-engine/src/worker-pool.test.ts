import type { Probe } from '@rheobase/network';
import { inferShapes, isSpiking, shapeAt, sizeOf } from '@rheobase/network';
import { networkArbitrary, randomArray, randomFeatures } from '@rheobase/testing';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { eventEngine } from './event-engine.js';
import { anyNeuron } from './random-spiking.fixture.js';
// Threads run the built files.
import { eventEnginePool } from '@rheobase/event-engine/node';

const networks = networkArbitrary({
  site: anyNeuron(['layer', 'channel', 'neuron']),
  features: [...randomFeatures.filter((feature) => feature !== 'batchNorm'), 'gather', 'analogHead'],
}).filter(isSpiking);

describe('eventEnginePool', () => {
  it('gives the results of one thread, for batches smaller and larger than the threads are many', async () => {
    for (const [k, network] of fc.sample(networks, { seed: 11, numRuns: 6 }).entries()) {
      const input = network.nodes.find((node) => node.op === 'input');
      const shape = input?.op === 'input' ? input.shape : [];
      const neurons = network.nodes.flatMap(({ op, name }) => (op === 'neuron' ? [name] : []));
      const probes = neurons.flatMap((node): readonly Probe[] => [
        { kind: 'spikes', node },
        { kind: 'events', node },
        { kind: 'mean-input', node },
      ]);
      const engine = await eventEngine(network);
      const pool = await eventEnginePool(network, { threads: 3 });
      try {
        const results = [1, 2, 7].map(async (count) => {
          const data = randomArray(xoroshiro128plus(k), [count, ...shape]);
          const batch = { shape: [count, ...shape], images: data };
          expect(data.length).toBe(count * sizeOf(shape));
          const potentials = new Map(
            neurons.map((name) => {
              const size = sizeOf(shapeAt(inferShapes(network), name));
              return [name, randomArray(xoroshiro128plus(count), [count, size])] as const;
            }),
          );
          for (const options of [
            { steps: 5, probes },
            { steps: 5, probes, potentials },
            { steps: 40, probes },
          ]) {
            expect(await pool.simulate(batch, options)).toEqual(engine.simulate(batch, options));
          }
        });
        await Promise.all(results);
      } finally {
        await pool.dispose();
      }
    }
  }, 30_000);

  it('says what is wrong with a batch, and goes on', async () => {
    const [network = { nodes: [], parameters: new Map(), metadata: {} }] = fc.sample(networks, {
      seed: 11,
      numRuns: 1,
    });
    const pool = await eventEnginePool(network, { threads: 1 });
    const input = network.nodes.find((node) => node.op === 'input');
    const shape = input?.op === 'input' ? input.shape : [];
    const batch = { shape: [1, ...shape], images: new Float32Array(sizeOf(shape)) };
    await expect(pool.simulate(batch, { steps: 0.5 })).rejects.toThrow(/at least 1, not 0.5/);
    expect((await pool.simulate(batch, { steps: 2 })).steps).toBe(2);
    await pool.dispose();
  });

  it('refuses to start no threads', async () => {
    const network = { nodes: [], parameters: new Map(), metadata: {} };
    await expect(eventEnginePool(network, { threads: 0 })).rejects.toThrow(/at least 1, not 0/);
  });
});
