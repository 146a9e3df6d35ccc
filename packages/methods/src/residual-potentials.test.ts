import { startTensorBackend, tensorSimulator } from '@rheobase/execution';
import type { SimulationResult } from '@rheobase/network';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchOf, lateInhibition, spikesAt, watched } from './by-hand.fixture.js';
import { qcfs } from './qcfs.js';
import { residualPotentials } from './residual-potentials.js';

beforeAll(() => startTensorBackend());

/**
 * Image 0: `first` fires 1 0 1 0 and 0 1 0 1, so that `second` is given +1 −1 +1 −1, fires at once and ends at V(4) = −½. Image 1: `first` fires
 * 1 1 0 1 and 0 1 0 0, `second` is given 1 0 0 1 and ends at ½.
 */
const batch = batchOf([
  [0.5, 0.40625],
  [0.75, 0.25],
]);

function trainOf({ records, steps }: SimulationResult, image: number): string {
  const data = records[0]?.data ?? [];
  return Array.from({ length: steps }, (_, t) => data[2 * t + image]).join(' ');
}

describe('residual potentials, worked by hand', () => {
  it('keep a neuron silent after τ steps that ended below 0, on that image alone', async () => {
    const task = { network: lateInhibition(), steps: 8, seed: 0 };
    const plain = await qcfs.convert(task, {});
    const simulator = watched(tensorSimulator(plain.network));
    const before = await plain.procedure.simulate(simulator, batch, { steps: 4, probes: spikesAt('second') });
    expect([trainOf(before, 0), trainOf(before, 1)]).toEqual(['1 0 0 0', '1 0 0 1']);

    const { procedure } = await residualPotentials.convert(task, { calibrationSteps: 4 });
    const run = await procedure.simulate(simulator, batch, { steps: 8, probes: spikesAt('second') });
    expect([trainOf(run, 0), trainOf(run, 1)]).toEqual(['1 0 0 0 0 0 0 0', '1 0 0 1 1 0 0 1']);
    // Answers begin after τ, and leave its spikes out: 0 where the activation is 0.
    const answers = [...(run.outputs.get('out')?.data ?? [])];
    expect(answers.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => Number.NaN));
    expect(answers.slice(-2)).toEqual([0, 0.5]);
    expect(procedure.stepsBefore).toBe(4);
    expect(procedure.latency).toBe('4 steps settle which neurons are silent; then T − 4 steps answer');
    const short = await residualPotentials.convert(task, { calibrationSteps: 1 });
    expect(short.procedure.latency).toMatch(/^1 step settles which/);
  });

  it('cost τ steps and T − τ steps, no more', async () => {
    const { network, procedure } = await residualPotentials.convert(
      { network: lateInhibition(), steps: 8, seed: 0 },
      { calibrationSteps: 3 },
    );
    const simulator = watched(tensorSimulator(network));
    await procedure.simulate(simulator, batch, { steps: 8 });
    expect(simulator.calls.map(({ steps }) => steps)).toEqual([3, 5]);
    await procedure.simulate(simulator, batch, { steps: 2 });
    expect(simulator.calls.map(({ steps }) => steps)).toEqual([3, 5, 2]);
  });
});
