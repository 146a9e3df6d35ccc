import { startTensorBackend, tensorSimulator } from '@rheobase/execution';
import { compensatingIntegrateAndFire } from '@rheobase/neurons';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchOf, lateInhibition, spikesAt } from './by-hand.fixture.js';
import { compensatingSpikes } from './compensating-spikes.js';

beforeAll(() => startTensorBackend());

describe('signed neurons', () => {
  it('take back what fired before inhibition came, worked by hand', async () => {
    // `second` is given +1 −1 +1 −1: each early spike is taken back at the next step, and the rate is 0, as its activation is.
    const { network, procedure } = await compensatingSpikes.convert(
      { network: lateInhibition(), steps: 4, seed: 0 },
      {},
    );
    const simulator = tensorSimulator(network);
    const { records, outputs } = await procedure.simulate(simulator, batchOf([[0.5, 0.40625]]), {
      steps: 4,
      probes: spikesAt('second'),
    });
    simulator.dispose();
    expect([...(records[0]?.data ?? [])]).toEqual([1, -1, 1, -1]);
    expect([...(outputs.get('out')?.data ?? [])].at(-1)).toBe(0);
  });

  it('end at the rounded and clipped input in whatever order it came, given the steps to take spikes back in', () => {
    const currents = fc.array(
      fc.integer({ min: -12, max: 12 }).map((value) => value / 8),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(currents, (given) => {
        const values = { threshold: 1, initialPotential: 0.5, tolerance: 0 };
        const still = new Array<number>(24).fill(0);
        const { spikes } = compensatingIntegrateAndFire.reference([...given, ...still], values);
        const sum = given.reduce((total, current) => total + current, 0);
        expect(spikes.reduce((total, spike) => total + spike, 0)).toBe(Math.max(0, Math.floor(sum + 0.5)));
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});
