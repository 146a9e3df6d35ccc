/**
 * One connection of a linear layer: output element, input element, and which weight it goes through. A dense layer and a convolution are
 * both lists of these.
 */
export interface Connection {
  readonly to: number;
  readonly from: number;
  readonly weight: number;
}

/** A layer of integrate-and-fire neurons and its inputs, on one image, in float64. */
export interface ReferenceLayer {
  readonly connections: readonly Connection[];
  readonly weights: readonly number[];
  /** Of each output element's channel. */
  readonly bias: readonly number[];
  /** V(0) of each neuron. */
  readonly potentials: readonly number[];
  readonly threshold: number;
  /** k */
  readonly slope: number;
  /** By time step: what the layer reads. */
  readonly spikes: readonly (readonly number[])[];
  /** By time step: what is added to the current after the layer. */
  readonly shortcut: readonly (readonly number[])[];
}

/** Derivatives of a loss, by the fields of a layer. */
export interface ReferenceGradients {
  readonly weights: readonly number[];
  readonly bias: readonly number[];
  readonly potentials: readonly number[];
  readonly slope: number;
}

/** What is noted down at every time step, by neuron. */
export interface ReferenceTrace {
  /** V after the reset. */
  readonly potentials: readonly (readonly number[])[];
  /** s, or σ where the network is smoothed. */
  readonly spikes: readonly (readonly number[])[];
  /** The time-mean output. */
  readonly output: readonly number[];
}

/** How a neuron fires at x = V − θ. */
export type FiringRule = (x: number, slope: number) => number;

export const heavisideRule: FiringRule = (x) => (x >= 0 ? 1 : 0);
/** σ(x) = ½·tanh(k·x) + ½ (METHOD.md §6). */
export const smoothRule: FiringRule = (x, slope) => 0.5 * Math.tanh(slope * x) + 0.5;

const at = (list: readonly number[], index: number): number => {
  const value = list[index];
  if (value === undefined) throw new Error(`There is no element ${index} among ${list.length}.`);
  return value;
};

interface Step {
  readonly input: readonly number[];
  /** V − θ before the reset. */
  readonly excess: readonly number[];
  readonly spikes: readonly number[];
  readonly potentials: readonly number[];
}

function run(layer: ReferenceLayer, rule: FiringRule): readonly Step[] {
  const { connections, weights, bias, threshold, slope } = layer;
  const steps: Step[] = [];
  let potentials = layer.potentials;
  for (const [t, input] of layer.spikes.entries()) {
    const current = bias.map((b, i) => b + at(layer.shortcut[t] ?? [], i));
    for (const { to, from, weight } of connections) {
      current[to] = at(current, to) + at(weights, weight) * at(input, from);
    }
    const excess = potentials.map((v, i) => v + at(current, i) - threshold);
    const spikes = excess.map((x) => rule(x, slope));
    potentials = excess.map((x, i) => x + threshold - threshold * at(spikes, i));
    steps.push({ input, excess, spikes, potentials });
  }
  return steps;
}

/** Runs the layer: V ← V + I, s = rule(V − θ), V ← V − θ·s; the output is θ·s on average. */
export function referenceTrace(layer: ReferenceLayer, rule: FiringRule): ReferenceTrace {
  const steps = run(layer, rule);
  return {
    potentials: steps.map(({ potentials }) => potentials),
    spikes: steps.map(({ spikes }) => spikes),
    output: layer.potentials.map(
      (_, i) => (layer.threshold * steps.reduce((sum, { spikes }) => sum + at(spikes, i), 0)) / steps.length,
    ),
  };
}

/**
 * Backpropagation through time, step by step: the derivative of s by V − θ is that of σ, whatever the rule fires, and the way through
 * the reset is taken.
 *
 * @param outputGradient ∂loss/∂(time-mean output)
 */
export function referenceGradients(
  layer: ReferenceLayer,
  rule: FiringRule,
  outputGradient: readonly number[],
): ReferenceGradients {
  const { connections, threshold, slope } = layer;
  const steps = run(layer, rule);
  const weights = layer.weights.map(() => 0);
  const bias = layer.bias.map(() => 0);
  let slopeGradient = 0;
  let byPotential = layer.potentials.map(() => 0);
  for (const { input, excess, spikes: _, potentials: __ } of steps.toReversed()) {
    const bySpike = byPotential.map((g, i) => (threshold / steps.length) * at(outputGradient, i) - threshold * g);
    const bent = excess.map((x) => 0.5 * (1 - Math.tanh(slope * x) ** 2));
    slopeGradient += bySpike.reduce((sum, g, i) => sum + g * at(bent, i) * at(excess, i), 0);
    const byCharged = byPotential.map((g, i) => g + at(bySpike, i) * slope * at(bent, i));
    for (const { to, from, weight } of connections) {
      weights[weight] = at(weights, weight) + at(byCharged, to) * at(input, from);
    }
    for (const [i, g] of byCharged.entries()) bias[i] = at(bias, i) + g;
    byPotential = byCharged;
  }
  return { weights, bias, potentials: byPotential, slope: slopeGradient };
}

/** A dense layer `[inputs, outputs]` as connections. */
export function denseConnections(inputs: number, outputs: number): readonly Connection[] {
  return Array.from({ length: inputs * outputs }, (_, weight) => ({
    weight,
    from: Math.floor(weight / outputs),
    to: weight % outputs,
  }));
}

/** A 3×3 convolution with padding 1 of `[side, side, from]` to `[side, side, to]` as connections. */
export function convolutionConnections(side: number, channels: number, filters: number): readonly Connection[] {
  const connections: Connection[] = [];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++) {
          const [y, x] = [row + i - 1, column + j - 1];
          if (y < 0 || y >= side || x < 0 || x >= side) continue;
          for (let c = 0; c < channels; c++) {
            for (let f = 0; f < filters; f++) {
              connections.push({
                to: (row * side + column) * filters + f,
                from: (y * side + x) * channels + c,
                weight: ((i * 3 + j) * channels + c) * filters + f,
              });
            }
          }
        }
      }
    }
  }
  return connections;
}
