import { startTensorBackend, tensorSimulator } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { float32Parameter, networkBuilder, scalarParameter } from '@rheobase/network';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchOf, lateInhibition, spikesAt, watched } from './by-hand.fixture.js';
import { offsetSpikes } from './offset-spikes.js';

beforeAll(() => startTensorBackend());

/** Two layers of neurons with θ = 1 and V(0) = ½; the second reads the first through these weights, [in][out]. */
function twoLayers(weights: readonly (readonly number[])[]): Network {
  const build = networkBuilder();
  const [inputs, outputs] = [weights.length, weights[0]?.length ?? 0];
  const site = (name: string, input: string): string =>
    build.activation(name, input, {
      kind: 'quant-clip',
      parameters: { threshold: scalarParameter('threshold', 1) },
      attributes: { levels: 4 },
    });
  const weight = float32Parameter('weight', [inputs, outputs], weights.flat());
  build.output('out', site('second', build.dense('dense', site('first', build.input('x', [inputs])), { weight })));
  return build.build();
}

interface SlowRun {
  readonly spikes: readonly number[];
  readonly potentials: readonly number[];
}

/** One neuron with θ = 1, in float64. */
function slowNeuron(currents: readonly number[], start: number): SlowRun {
  let potential = start;
  const [spikes, potentials]: [number[], number[]] = [[], []];
  for (const current of currents) {
    potential += current;
    const spike = potential >= 1 ? 1 : 0;
    potential -= spike;
    spikes.push(spike);
    potentials.push(potential);
  }
  return { spikes, potentials };
}

/** The paper's rule, neuron by neuron: where it starts after such a run from ½. */
function slowShift({ spikes, potentials }: SlowRun): number {
  const last = potentials.at(-1) ?? 0;
  const count = spikes.reduce((sum, spike) => sum + spike, 0);
  const firedAt = potentials.filter((_, t) => spikes[t] === 1).map((after) => after + 1);
  const silentAt = potentials.filter((_, t) => spikes[t] === 0);
  if (count > 0 && last < 0) return 0.5 - Math.max(1, Math.min(...firedAt) - 0.999);
  if (count < spikes.length && last >= 1) return 0.5 + Math.max(1, 1.001 - Math.max(...silentAt));
  return 0.5;
}

/** Both layers over some steps from given starts. */
function slowLayers(
  inputs: readonly number[],
  weights: readonly (readonly number[])[],
  steps: number,
  starts: readonly [first: readonly number[], second: readonly number[]],
): readonly [first: readonly SlowRun[], second: readonly SlowRun[]] {
  const first = inputs.map((x, i) => slowNeuron(new Array<number>(steps).fill(x), starts[0][i] ?? 0.5));
  const second = (weights[0] ?? []).map((_, j) =>
    slowNeuron(
      Array.from({ length: steps }, (_step, t) =>
        first.reduce((sum, { spikes }, i) => sum + (spikes[t] ?? 0) * (weights[i]?.[j] ?? 0), 0),
      ),
      starts[1][j] ?? 0.5,
    ),
  );
  return [first, second];
}

describe('offset spikes, worked by hand', () => {
  it('take away a spike too many: −max(θ, m − 0.999·θ), and so that much of the start', async () => {
    // `second` is given +1 −1 +1 −1: it fires once, at 1.5, and ends at −½ where its charge entitles it to none.
    const { network, procedure } = await offsetSpikes.convert(
      { network: lateInhibition(), steps: 8, seed: 0 },
      { calibrationSteps: 4 },
    );
    const simulator = watched(tensorSimulator(network));
    const { records } = await procedure.simulate(simulator, batchOf([[0.5, 0.40625]]), {
      steps: 8,
      probes: spikesAt('second'),
    });
    expect([...(records[0]?.data ?? [])]).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
    expect([...(simulator.calls.at(-1)?.potentials?.get('second') ?? [])]).toEqual([-0.5]);
    expect([...(simulator.calls.at(-1)?.potentials?.get('first') ?? [])]).toEqual([0.5, 0.5]);
  });

  it('add a spike too few: +max(θ, 1.001·θ − M)', async () => {
    // `first` fires at step 4 alone, `second` is given 0 0 0 2: it fires once and is left with 1.5, entitled to two.
    const { network, procedure } = await offsetSpikes.convert(
      { network: twoLayers([[2]]), steps: 8, seed: 0 },
      { calibrationSteps: 4 },
    );
    const simulator = watched(tensorSimulator(network));
    const { records } = await procedure.simulate(simulator, batchOf([[0.125]]), {
      steps: 8,
      probes: spikesAt('second'),
    });
    expect([...(records[0]?.data ?? [])]).toEqual([0, 0, 0, 1, 1, 0, 0, 1]);
    expect([...(simulator.calls.at(-1)?.potentials?.get('second') ?? [])]).toEqual([1.5]);
  });
});

describe('offset spikes', () => {
  const eighths = (least: number, greatest: number) =>
    fc.integer({ min: least, max: greatest }).map((value) => value / 8);
  const cases = fc.record({
    weights: fc.array(fc.array(eighths(-16, 16), { minLength: 3, maxLength: 3 }), { minLength: 4, maxLength: 4 }),
    inputs: fc.array(eighths(-2, 9), { minLength: 4, maxLength: 4 }),
    rho: fc.integer({ min: 1, max: 6 }),
  });

  it('are those of a slow reference, layers together and one after the other', async () => {
    let shifted = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ weights, inputs, rho }) => {
        const rest = [inputs.map(() => 0.5), weights[0]?.map(() => 0.5) ?? []] as const;
        const [first, second] = slowLayers(inputs, weights, rho, rest);
        const starts = [first.map(slowShift), second.map(slowShift)] as const;
        // The second layer is looked at behind the shifted first one.
        const behind = slowLayers(inputs, weights, rho, [starts[0], rest[1]])[1].map(slowShift);
        shifted += [...starts.flat(), ...behind].filter((start) => start !== 0.5).length;
        for (const [order, wanted] of [
          ['together', starts],
          ['layer-by-layer', [starts[0], behind]],
        ] as const) {
          const { network, procedure } = await offsetSpikes.convert(
            { network: twoLayers(weights), steps: 4, seed: 0 },
            { calibrationSteps: rho, order },
          );
          const simulator = tensorSimulator(network);
          const calls = watched(simulator);
          const steps = procedure.stepsBefore + 5;
          const { outputs } = await procedure.simulate(calls, batchOf([inputs]), { steps });
          simulator.dispose();
          expect(procedure.stepsBefore).toBe(order === 'together' ? rho : 2 * rho);
          const given = calls.calls.at(-1)?.potentials;
          [...(given?.get('first') ?? [])].forEach((start, i) => expect(start).toBeCloseTo(wanted[0][i] ?? 0, 5));
          [...(given?.get('second') ?? [])].forEach((start, i) => expect(start).toBeCloseTo(wanted[1][i] ?? 0, 5));
          const [, after] = slowLayers(inputs, weights, 5, wanted);
          const rates = after.map(({ spikes }) => spikes.reduce((sum, spike) => sum + spike, 0) / 5);
          expect([...(outputs.get('out')?.data.slice(-rates.length) ?? [])]).toEqual(rates.map(Math.fround));
        }
      }),
      { seed: 4, numRuns: 100 },
    );
    expect(shifted).toBeGreaterThan(30);
  });

  it('are fewer with the shift than without, over the steps that they were looked for in', async () => {
    let [before, after] = [0, 0];
    const missed = ({ spikes, potentials }: SlowRun, start: number): number => {
      const count = spikes.reduce((sum, spike) => sum + spike, 0);
      const charge = count + (potentials.at(-1) ?? 0) - start + 0.5;
      return Math.abs(count - Math.min(Math.max(Math.floor(charge), 0), spikes.length));
    };
    fc.assert(
      fc.property(cases, ({ weights, inputs, rho }) => {
        const rest = [inputs.map(() => 0.5), weights[0]?.map(() => 0.5) ?? []] as const;
        const [, second] = slowLayers(inputs, weights, rho, rest);
        const starts = second.map(slowShift);
        const [, again] = slowLayers(inputs, weights, rho, [rest[0], starts]);
        before += second.reduce((sum, run) => sum + missed(run, 0.5), 0);
        after += again.reduce((sum, run, j) => sum + missed(run, starts[j] ?? 0.5), 0);
      }),
      { seed: 8, numRuns: 400 },
    );
    expect(before).toBeGreaterThan(50);
    expect(after).toBeLessThan(before / 2);
  });
});
