import type { Network } from '@rheobase/network';
import type { EnergyModel } from './energy-model.js';
import { horowitz45nm } from './energy-model.js';
import type { LayerMacs } from './macs.js';
import { macsOf } from './macs.js';

/** What is counted. Whatever is excluded is excluded from both networks. */
export interface EnergyBoundary {
  /**
   * The layers that read the analog input: multiplied out `once` for all steps, where the input and so their current is the same at every step,
   * or at `every-step`, or `excluded`. Default: `once`, and `every-step` for an input that changes.
   */
  readonly firstLayer: 'once' | 'every-step' | 'excluded';
  /** The layers after the last neurons; default: `counted`. */
  readonly readOut: 'counted' | 'excluded';
}

/** The boundary that holds unless another is given, for an input that is the same at every step. */
export const defaultBoundary: EnergyBoundary = { firstLayer: 'once', readOut: 'counted' };

/** One summand of the energy of one image. */
export interface EnergyTerm {
  readonly what:
    | 'spikes into hidden layers'
    | 'spikes into the read-out'
    | 'first layer, analog input'
    | 'layers that read analog values'
    | 'hidden layers'
    | 'read-out';
  readonly operation: 'accumulate' | 'multiply-accumulate';
  /** Operations for one image, over all time steps. */
  readonly operations: number;
  readonly picojoules: number;
}

/** The energy of one network for one image. */
export interface NetworkEnergy {
  readonly terms: readonly EnergyTerm[];
  readonly picojoules: number;
}

/** The boundary for an input of frames: nothing of its layers is the same at every step. */
const boundaryOfFrames: EnergyBoundary = { ...defaultBoundary, firstLayer: 'every-step' };

export interface EnergyReport {
  readonly model: EnergyModel;
  readonly boundary: EnergyBoundary;
  /** T. */
  readonly steps: number;
  readonly snn: NetworkEnergy;
  readonly ann: NetworkEnergy;
  /** Energy of the spiking network over that of the analog one: below 1, spiking is cheaper. */
  readonly ratio: number;
}

export interface EnergyRequest {
  /** The spiking network; the analog one has the same layers. */
  readonly network: Network;
  /** Synaptic operations of an image over all T steps, see `operationsAt`. */
  readonly sopsPerImage: { readonly hidden: number; readonly readOut: number };
  /** T. */
  readonly steps: number;
  /** Whether the input is the same at every step (direct coding) or a frame for each step, as events are. Default: `constant`. */
  readonly input?: 'constant' | 'frames';
  /** Default {@link horowitz45nm}. */
  readonly model?: EnergyModel;
  /** What is not given is as in {@link defaultBoundary}. */
  readonly boundary?: Partial<EnergyBoundary>;
}

/**
 * The energy of one image in a spiking network and in the analog network that it represents (METHOD §7).
 *
 * The spiking network pays an accumulate for each synaptic operation, and multiply-accumulates where a layer reads analog
 * values: for the input as the boundary says, in the analog head once, elsewhere at every step. The analog network pays each of its
 * multiply-accumulates (exact ones, see `macsOf`) once, also where the spiking one reads T frames: it is compared with one pass over one frame. On both sides biases, adds, pooling, functions and products of the head, the neurons' or activations'
 * own arithmetic and all memory traffic are left out.
 *
 * @throws if the network has analog activations, a number is out of range, frames are to be multiplied out once, or the boundary leaves nothing of the analog
 *   network to compare with.
 */
export function energyOf({
  network,
  sopsPerImage,
  steps,
  input = 'constant',
  model = horowitz45nm,
  boundary,
}: EnergyRequest): EnergyReport {
  const within = { ...(input === 'frames' ? boundaryOfFrames : defaultBoundary), ...boundary };
  check(network, sopsPerImage, steps);
  if (input === 'frames' && within.firstLayer === 'once') {
    throw new Error(
      "The first layer cannot be multiplied out once for an input of frames, which changes at every step; count it at 'every-step', or exclude it.",
    );
  }
  const layers = macsOf(network).layers.filter(({ readOut }) => within.readOut === 'counted' || !readOut);
  const sum = (of: readonly LayerMacs[], what: (layer: LayerMacs) => number) =>
    of.reduce((total, layer) => total + what(layer), 0);
  const ofInput = (times: number): number =>
    within.firstLayer === 'excluded' ? 0 : sum(layers, ({ reading, head }) => reading.constant * (head ? 1 : times));
  const changing = ({ reading }: LayerMacs) => reading.spikes + reading.analog;
  const term = (what: EnergyTerm['what'], operation: EnergyTerm['operation'], operations: number): EnergyTerm => ({
    what,
    operation,
    operations,
    picojoules: operations * (operation === 'accumulate' ? model.accumulate : model.multiplyAccumulate),
  });

  const snn = networkEnergy([
    term('first layer, analog input', 'multiply-accumulate', ofInput(within.firstLayer === 'every-step' ? steps : 1)),
    term(
      'layers that read analog values',
      'multiply-accumulate',
      sum(layers, ({ reading, head }) => reading.analog * (head ? 1 : steps)),
    ),
    term('spikes into hidden layers', 'accumulate', sopsPerImage.hidden),
    term('spikes into the read-out', 'accumulate', within.readOut === 'counted' ? sopsPerImage.readOut : 0),
  ]);
  const ann = networkEnergy([
    term('first layer, analog input', 'multiply-accumulate', ofInput(1)),
    term(
      'hidden layers',
      'multiply-accumulate',
      sum(
        layers.filter(({ readOut }) => !readOut),
        changing,
      ),
    ),
    term(
      'read-out',
      'multiply-accumulate',
      sum(
        layers.filter(({ readOut }) => readOut),
        changing,
      ),
    ),
  ]);
  if (ann.picojoules === 0) {
    throw new Error(
      `With the first layer ${within.firstLayer} and the read-out ${within.readOut} nothing of the analog network is ` +
        'counted, so there is no ratio; widen the boundary.',
    );
  }
  return { model, boundary: within, steps, snn, ann, ratio: snn.picojoules / ann.picojoules };
}

function networkEnergy(terms: readonly EnergyTerm[]): NetworkEnergy {
  return { terms, picojoules: terms.reduce((sum, { picojoules }) => sum + picojoules, 0) };
}

function check(network: Network, sops: EnergyRequest['sopsPerImage'], steps: number): void {
  const analog = network.nodes.find(({ op }) => op === 'activation');
  if (analog !== undefined) {
    throw new Error(
      `'${analog.name}' is an analog activation, but energyOf needs the spiking network; convert it first.`,
    );
  }
  if (!Number.isSafeInteger(steps) || steps < 1) {
    throw new Error(`steps must be an integer of at least 1, not ${steps}.`);
  }
  for (const [part, value] of Object.entries(sops)) {
    if (!(value >= 0 && Number.isFinite(value))) {
      throw new Error(`sopsPerImage.${part} must be a finite number of at least 0, not ${value}.`);
    }
  }
}
