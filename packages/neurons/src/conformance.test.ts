import '@tensorflow/tfjs-backend-cpu';
import { customGradient } from '@rheobase/activations';
import { mul, scalar, setBackend, step as positive, sub } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { adaptiveIntegrateAndFire } from './adaptive-neuron.fixture.js';
import { neuronChecks, surrogateChecks } from './conformance.js';
import { integrateAndFire, integrateAndFireHard } from './default-neurons.js';
import type { Neuron } from './neuron.js';
import { sigmoidSurrogate } from './sigmoid-surrogate.js';
import type { Surrogate } from './surrogate.js';

beforeAll(async () => {
  await setBackend('cpu');
});

/** Names of the failing checks. */
function failures(checks: readonly { readonly name: string; readonly run: () => void }[]): readonly string[] {
  return checks.flatMap(({ name, run }) => {
    try {
      run();
      return [];
    } catch {
      return [name];
    }
  });
}

describe('the conformance suite of neurons', () => {
  it('passes what is right', () => {
    expect(failures(neuronChecks(integrateAndFire))).toEqual([]);
  });

  it('finds a neuron that fires only above its threshold', () => {
    const strict: Neuron = {
      ...integrateAndFire,
      step: (state, current, parameters, attributes) =>
        integrateAndFire.step(state, current, parameters, attributes, (x) => positive(x)),
      reference(currents, values) {
        const { threshold = 1, initialPotential: potential = 0 } = values;
        return integrateAndFire.reference(currents, {
          threshold: threshold * (1 + 1e-12),
          initialPotential: potential,
        });
      },
    };
    expect(failures(neuronChecks(strict))).toEqual(
      expect.arrayContaining([
        'fires at V = θ exactly: none is silent with its potential at or above the threshold',
        'leaves the decision to fire: where fire says no, there is no spike and no reset',
      ]),
    );
  });

  it('passes a neuron whose threshold moves, and finds one that does not say how', () => {
    expect(failures(neuronChecks(adaptiveIntegrateAndFire))).toEqual([]);
    const silent: Neuron = {
      ...adaptiveIntegrateAndFire,
      reference(currents, values) {
        const { spikes, potentials } = adaptiveIntegrateAndFire.reference(currents, values);
        return { spikes, potentials };
      },
    };
    expect(failures(neuronChecks(silent))).toEqual([
      'fires at V = θ exactly: none is silent with its potential at or above the threshold',
    ]);
  });

  it('finds a reset that loses charge, and one that the reference does not have', () => {
    const leaking: Neuron = {
      ...integrateAndFireHard,
      ...(integrateAndFire.balance && { balance: integrateAndFire.balance }),
    };
    expect(failures(neuronChecks(leaking))).toEqual([
      'loses no charge: mean removed = mean input + added + (V(0) − V(T))/T',
    ]);
    const mixed: Neuron = { ...integrateAndFire, step: integrateAndFireHard.step };
    expect(failures(neuronChecks(mixed))).toContain(
      'is its scalar reference over 12 steps with scalar parameters, where float32 is exact',
    );
  });

  it('finds a rate slope that the rate does not follow', () => {
    const flat: Neuron = { ...integrateAndFire, rateSlope: (charge) => mul(charge, 0) };
    expect(failures(neuronChecks(flat))).toEqual([
      'has a rate that rises with the charge of an even input as its rate slope says, but for rounding',
    ]);
  });

  it('finds a step that disposes its state, or hands its parameters out as its own', () => {
    const greedy: Neuron = {
      ...integrateAndFire,
      step: (state, ...rest) => {
        const result = integrateAndFire.step(state, ...rest);
        state['potential']?.dispose();
        return result;
      },
    };
    expect(failures(neuronChecks(greedy)).some((name) => name.startsWith('is pure'))).toBe(true);
    const sharing: Neuron = {
      ...integrateAndFire,
      initialState: ({ initialPotential }) => ({ potential: initialPotential ?? scalar(0) }),
    };
    expect(failures(neuronChecks(sharing))).toContain(
      'has an initial state of its own: disposing it leaves the parameters alone',
    );
  });

  it('finds a step through which no gradient passes', () => {
    const deaf: Neuron = {
      ...integrateAndFire,
      step: (state, current, ...rest) => {
        const mute = customGradient(
          [current],
          () => ({ value: mul(current, 1), saved: [] }),
          (dy) => [mul(dy, 0)],
        );
        return integrateAndFire.step(state, mute, ...rest);
      },
    };
    expect(failures(neuronChecks(deaf))).toEqual([
      'is differentiable through time: with a smooth fire its gradients are finite differences',
      'has finite gradients through time with a surrogate, that reach every step and every parameter',
    ]);
  });

  it('finds a golden trace that is not kept', () => {
    const trace = {
      name: 'one spike too many',
      values: { threshold: 1, initialPotential: 0 },
      currents: [0.5, 0.25],
      spikes: [0, 1],
      potentials: [0.5, -0.25],
    };
    expect(failures(neuronChecks(integrateAndFire, [trace]))).toEqual(['keeps the golden trace: one spike too many']);
  });
});

describe('the conformance suite of surrogates', () => {
  it('finds a step that is not exact, and a gradient that is not the derivative', () => {
    const early: Surrogate = {
      ...sigmoidSurrogate,
      fire: (slope) => (x) => sigmoidSurrogate.fire(slope)(sub(x, 1e-3)),
    };
    expect(failures(surrogateChecks(early))).toContain(
      'is the Heaviside step forwards: 1 at 0 and above, else 0, whatever the slope',
    );
    const steep: Surrogate = {
      ...sigmoidSurrogate,
      reference: (x, slope) => sigmoidSurrogate.reference(x, 2 * slope),
    };
    expect(failures(surrogateChecks(steep))).toEqual([
      'gives σ′ itself, at a slope that is a number or a tensor',
      'is σ′ backwards, with a number for the slope and with a tensor',
      'has the gradient ∂σ/∂k, summed to the shape of the slope',
    ]);
  });
});
