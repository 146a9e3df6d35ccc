import type { BoundNetwork } from '@rheobase/execution';
import { meanOverTime } from '@rheobase/execution';
import { NetworkError } from '@rheobase/network';
import { defaultSurrogates } from '@rheobase/neurons';
import { tensor2d } from '@tensorflow/tfjs-core';
import type { Forward } from './forward.js';
import { onlyInput } from './only-input.js';
import { onlyLogits } from './only-logits.js';

export interface SpikingForwardOptions {
  /** T, the number of time steps. */
  readonly steps: number;
  /** The surrogate for the derivative of a spike, by its name in `defaultSurrogates` of \@rheobase/neurons; default: `tanh`. */
  readonly surrogate?: string;
  /** The surrogate's slope in units of 1/θ: k = slope/θ for each layer's (mean) θ at the step. Default: the surrogate's own. */
  readonly slope?: number;
}

/**
 * The forward pass of a spiking network over T time steps: the logits are the read-out's mean over them. Its gradient goes back
 * through all steps, the resets included (backpropagation through time). A network trained so needs no batch norms: they were
 * folded.
 *
 * @throws if the surrogate is unknown, or a number is out of range.
 */
export function spikingForward({ steps, surrogate = 'tanh', slope }: SpikingForwardOptions): Forward {
  const model = defaultSurrogates.get(surrogate);
  const relative = slope ?? model.initialSlope;
  if (!Number.isSafeInteger(steps) || steps < 1) {
    throw new Error(`The number of time steps must be an integer of at least 1, not ${steps}.`);
  }
  if (!(relative > 0 && Number.isFinite(relative))) {
    throw new Error(`The slope of a surrogate must be a positive number, not ${relative}.`);
  }
  return {
    description: { kind: 'spiking', steps, surrogate, slope: relative },
    train: (bound, images) => {
      const outputs = bound.network.nodes.filter(({ op }) => op === 'output').map(({ name }) => name);
      const slopes = slopesOf(bound, relative);
      const given = new Map([[onlyInput(bound.network), { kind: 'constant', value: images } as const]]);
      const values = bound.unroll(given, outputs, { steps, surrogate: model, slopes });
      const means = new Map([...values].map(([name, value]) => [name, meanOverTime(value, steps)]));
      return { logits: onlyLogits(means), statistics: new Map() };
    },
    infer: (bound, images) => {
      const [output] = bound.simulate(images, { steps }).outputs.values();
      if (output === undefined) throw new NetworkError([{ subject: 'network', message: 'it has no output' }]);
      const [, count = 0, classes = 0] = output.shape;
      return tensor2d(output.data.slice((steps - 1) * count * classes), [count, classes]);
    },
  };
}

/** k = slope/θ by neuron node, with the mean of θ where there are several. */
function slopesOf({ network, live }: BoundNetwork, slope: number): ReadonlyMap<string, number> {
  const slopes = new Map<string, number>();
  for (const node of network.nodes) {
    const name = node.op === 'neuron' ? node.neuron.parameters['threshold'] : undefined;
    const theta = name === undefined ? undefined : live.get(name)?.dataSync<'float32'>();
    if (theta === undefined || theta.length === 0) continue;
    slopes.set(node.name, slope / (theta.reduce((sum, value) => sum + value, 0) / theta.length));
  }
  return slopes;
}
