import { attributeValues, neuronDefinitions, partsOf } from '@rheobase/network';
import { add, clone, mul, scalar, sub } from '@tensorflow/tfjs-core';
import type { Neuron } from './neuron.js';
import { potentialOf } from './potential.js';
import { replay } from './replay.js';
import { within } from './rate-slope.js';

const definition = neuronDefinitions['compensating-if'];
const { parameters, attributes } = definition;

/** Positive spikes less negative ones so far. */
const balanceSoFar = 'balance';

/**
 * The signed neuron of Fast-SNN (Hu, Zheng, Jiang, Pan, Fast-SNN: fast spiking neural network by converting quantized ANN, IEEE TPAMI
 * 2023): a neuron that fired too early takes spikes back. With N the spikes so far, negative ones subtracted: V ← V + I; s⁺ = [V ≥ θ];
 * V ← V − θ·s⁺; s⁻ = [V < −ε·θ]·[N > 0]; V ← V + θ·s⁻; N ← N + s⁺ − s⁻. It never says less than nothing, so that it stands for a
 * clipped ReLU, and with V(0) = θ/2 it ends at the rounded input whatever the order the charge came in, once it has had the steps to
 * take back what was too much.
 */
export const compensatingIntegrateAndFire: Neuron = {
  ...definition,
  initialState: (given) => ({
    potential: clone(partsOf(parameters, given).initialPotential),
    [balanceSoFar]: scalar(0),
  }),
  step(state, current, given, fixed, fire) {
    const { threshold: theta } = partsOf(parameters, given);
    const { tolerance } = attributeValues(attributes, fixed);
    const before = state[balanceSoFar] ?? scalar(0);
    const charged = add(potentialOf(state), current);
    const positive = fire(sub(charged, theta));
    const rest = sub(charged, mul(theta, positive));
    const fired = add(before, positive);
    // Half-way between counts, so that a surrogate is as steep on either side.
    const negative = mul(sub(1, fire(add(rest, mul(theta, tolerance)))), fire(sub(fired, 0.5)));
    return {
      state: { potential: add(rest, mul(theta, negative)), [balanceSoFar]: sub(fired, negative) },
      spikes: sub(positive, negative),
    };
  },
  reference(currents, values) {
    const { threshold: theta, initialPotential: initial } = partsOf(parameters, values);
    const { tolerance } = attributeValues(attributes, values);
    let count = 0;
    return replay(currents, initial, (potential, current) => {
      const charged = potential + current;
      const spikes = charged >= theta ? 1 : charged < -tolerance * theta && count > 0 ? -1 : 0;
      count += spikes;
      return { spikes, potential: charged - theta * spikes };
    });
  },
  kernel: 'RheobaseCompensatingIntegrateAndFire',
  balance: {
    removed: (spikes, values) => partsOf(parameters, values).threshold * spikes,
  },
  // What it ends at is the rounded input, as of an `if` that had its input evenly.
  rateSlope: (charge, _attributes, steps) => within(charge, 0, 1 + 1 / steps),
};
