import type { NeuronDynamics } from '@rheobase/network';
import type { NeuronReference } from './model-references.js';
import { value } from './model-references.js';

/**
 * Reference for a neuron of an integer network: θ, V(0), currents and potentials are integers. The rules are in docs/decisions/0011, their
 * combination in 0033. Computes one neuron and one step at a time, independently of the engines.
 */
export function integerReference(dynamics: NeuronDynamics): NeuronReference {
  const { reset, fires, leak, shift, negative, counts } = dynamics;
  if (negative?.rule === 'correcting') return correctingReference(dynamics);
  return (currents, values) => {
    const theta = value(values, 'threshold');
    const most = counts === undefined ? 1 : value(values, counts);
    let potential = values['initialPotential'] ?? 0;
    let balance = 0;
    const trace = currents.map((current) => {
      if (leak !== undefined) potential = Math.floor(value(values, leak) * potential + 0.5);
      potential += current;
      if (shift !== undefined) potential += Math.floor(theta / (2 * value(values, shift)) + 0.5);

      let spikes = Math.min(Math.max(Math.floor(potential / theta), 0), most);
      if (fires === 'above') spikes = potential > theta ? 1 : 0;
      let unit = theta;
      if (negative?.rule === 'signed') {
        const below = Math.floor(theta / value(values, negative.slope) + 0.5);
        if (-potential >= below) [spikes, unit] = [-1, below];
      }
      if (negative?.rule === 'compensating') {
        const lower = -Math.floor(theta * value(values, negative.tolerance));
        if (potential < lower && balance > 0) spikes = -1;
      }

      if (spikes !== 0) potential = reset === 'soft' ? potential - unit * spikes : 0;
      balance += spikes;
      return { spikes, potential };
    });
    return { spikes: trace.map(({ spikes }) => spikes), potentials: trace.map((step) => step.potential) };
  };
}

/** The same for spikes of either sign that correct what was sent so far. */
function correctingReference({ counts, powers, growth }: NeuronDynamics): NeuronReference {
  return (currents, values) => {
    const theta = value(values, 'threshold');
    const factor = growth === undefined ? 1 : value(values, growth);
    const sizes =
      counts !== undefined
        ? Array.from({ length: value(values, counts) + 1 }, (_, i) => i)
        : [0, ...Array.from({ length: value(values, powers ?? '') }, (_, k) => 2 ** k)];
    let potential = 0;
    let sent = 0;
    const trace = currents.map((current) => {
      potential = Math.floor(factor * potential + 0.5) + current;
      sent = Math.floor(factor * sent + 0.5);
      const missing = Math.max(potential, -sent);
      // The greatest value that is at least as near as the one below it.
      const size = sizes.findLast((own, i) => {
        const below = sizes[i - 1];
        return below === undefined || 2 * Math.abs(missing) >= (own + below) * theta;
      });
      const spikes = missing < 0 ? -(size ?? 0) : (size ?? 0);
      potential -= theta * spikes;
      sent += theta * spikes;
      return { spikes: spikes + 0, potential };
    });
    return { spikes: trace.map(({ spikes }) => spikes), potentials: trace.map((step) => step.potential) };
  };
}
