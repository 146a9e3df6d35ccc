import type { InitialPotentials, Network, Probe, ProbeRecord } from '@rheobase/network';
import { numberOption, integer } from '@rheobase/network';
import { methodWithoutImages } from './define-method.js';
import { joinOverTime } from './join-over-time.js';
import type { Population } from './neuron-values.js';
import { populationsOf, readOutShapes } from './neuron-values.js';
import type { Procedure } from './procedure.js';
import { stepsThat } from './steps-in-words.js';
import { spikingOf } from './task-registries.js';

/**
 * Residual membrane potential (SRP). Where the activation is 0, a neuron should be silent, and fires nevertheless if excitation comes before
 * inhibition; it then ends below 0. So for τ steps the network is run as it is, and every neuron whose potential V(τ) is not above ε·θ is
 * silenced on this image. All others restart at V(0) = θ/2, and the answer is the read-out from then on. The network is
 * that of `qcfs`.
 *
 * The τ steps are time like any other: an answer after t more is one at T = τ + t. (The paper's tables count t.)
 */
export const residualPotentials = methodWithoutImages('quantized', {
  name: 'srp',
  summary: 'τ steps, then neurons that ended below 0 are silenced, and the others restart',
  paper: {
    title: 'Reducing ANN-SNN conversion error through residual membrane potential',
    reference: 'Hao, Bu, Ding, Huang, Yu; AAAI 2023; arXiv 2302.02091',
    url: 'https://arxiv.org/abs/2302.02091',
  },
  options: {
    calibrationSteps: integer('τ: steps after which it is settled who is silent', 4, 1, 1000),
    tolerance: numberOption('ε: the potential, in units of θ, above which a neuron continues', 1e-3, {
      minimum: -1,
      maximum: 1,
    }),
  },
  dependsOnSteps: false,
  convert: async (task, { calibrationSteps, tolerance }) => {
    const spiking = spikingOf(task);
    return { network: spiking, procedure: silencing(spiking, calibrationSteps, tolerance) };
  },
});

function silencing(network: Network, stepsBefore: number, tolerance: number): Procedure {
  const populations = populationsOf(network);
  const residuals: readonly Probe[] = populations.map(({ node }) => ({ kind: 'residual-potential', node }));
  return {
    stepsBefore,
    latency: `${stepsThat('settle', stepsBefore)} which neurons are silent; then T − ${stepsBefore} steps answer`,
    simulate: async (simulator, batch, { steps, probes = [] }) => {
      const before = Math.min(steps, stepsBefore);
      const first = await simulator.simulate(batch, { steps: before, probes: [...probes, ...residuals] });
      const shapes = readOutShapes(network, batch.shape[0] ?? 0);
      if (steps === before) return joinOverTime(probes, [first], undefined, shapes);
      const potentials = restart(populations, first.records.slice(probes.length), tolerance);
      const then = await simulator.simulate(batch, { steps: steps - before, probes, potentials });
      return joinOverTime(probes, [first], then, shapes);
    },
  };
}

/** V(0) for neurons that continue, −∞ for silenced ones. */
function restart(
  populations: readonly Population[],
  residuals: readonly ProbeRecord[],
  tolerance: number,
): InitialPotentials {
  return new Map(
    populations.map(({ node, size, threshold, start }, k) => [
      node,
      Float32Array.from(residuals[k]?.data ?? [], (residual, i) => {
        const goesOn = residual > tolerance * (threshold[i % size] ?? 0);
        return goesOn ? (start[i % size] ?? 0) : Number.NEGATIVE_INFINITY;
      }),
    ]),
  );
}
