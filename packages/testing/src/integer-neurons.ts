import type { NeuronReference } from './model-references.js';
import { value } from './model-references.js';

type Values = Readonly<Record<string, number>>;

/** One neuron's step in whole numbers. */
type Step = (potential: number, current: number) => { readonly spike: number; readonly potential: number };

function replayed(start: (values: Values) => number, stepOf: (values: Values) => Step): NeuronReference {
  return (currents, values) => {
    const step = stepOf(values);
    let potential = start(values);
    const trace = currents.map((current) => {
      const next = step(potential, current);
      potential = next.potential;
      return next;
    });
    return { spikes: trace.map(({ spike }) => spike), potentials: trace.map(({ potential: after }) => after) };
  };
}

const fromInitial = (stepOf: (values: Values) => Step): NeuronReference =>
  replayed((values) => value(values, 'initialPotential'), stepOf);

/** V ← V − θ·[V ≥ θ] after charging. */
function softReset(charged: number, threshold: number): ReturnType<Step> {
  const spike = charged >= threshold ? 1 : 0;
  return { spike, potential: charged - threshold * spike };
}

/**
 * What the neurons of an integer network do: θ, V(0), currents and potentials are whole numbers. docs/decisions/0011 states the
 * rules.
 */
export const integerNeurons: Readonly<Record<string, NeuronReference>> = {
  if: fromInitial((values) => {
    const threshold = value(values, 'threshold');
    return (potential, current) => softReset(potential + current, threshold);
  }),
  'if-shift': replayed(
    () => 0,
    (values) => {
      const threshold = value(values, 'threshold');
      const shift = Math.floor(threshold / (2 * value(values, 'steps')) + 0.5);
      return (potential, current) => softReset(potential + current + shift, threshold);
    },
  ),
  'if-hard': fromInitial((values) => {
    const threshold = value(values, 'threshold');
    return (potential, current) => {
      const charged = potential + current;
      return charged >= threshold ? { spike: 1, potential: 0 } : { spike: 0, potential: charged };
    };
  }),
  lif: fromInitial((values) => {
    const [threshold, leak] = [value(values, 'threshold'), value(values, 'leak')];
    return (potential, current) => softReset(Math.floor(leak * potential + 0.5) + current, threshold);
  }),
  'signed-if': fromInitial((values) => {
    const threshold = value(values, 'threshold');
    const below = Math.floor(threshold / value(values, 'slope') + 0.5);
    return (potential, current) => {
      const charged = potential + current;
      if (charged >= threshold) return { spike: 1, potential: charged - threshold };
      if (-charged >= below) return { spike: -1, potential: charged + below };
      return { spike: 0, potential: charged };
    };
  }),
  'compensating-if': fromInitial((values) => {
    const threshold = value(values, 'threshold');
    const lower = -Math.floor(threshold * value(values, 'tolerance'));
    let balance = 0;
    return (potential, current) => {
      const charged = potential + current;
      const spike = charged >= threshold ? 1 : charged < lower && balance > 0 ? -1 : 0;
      balance += spike;
      return { spike, potential: charged - threshold * spike };
    };
  }),
  burst: fromInitial((values) => {
    const [threshold, most] = [value(values, 'threshold'), value(values, 'maximum')];
    return (potential, current) => {
      const charged = potential + current;
      const spike = Math.min(Math.max(Math.floor(charged / threshold), 0), most);
      return { spike, potential: charged - threshold * spike };
    };
  }),
};
