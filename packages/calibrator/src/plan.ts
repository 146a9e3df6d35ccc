import type { Network, NetworkNode, NodeOf } from '@rheobase/network';
import { analogHead, assertValid, isSite, NetworkError } from '@rheobase/network';
import type { CalibrationTask } from './calibration.js';
import { assertImages, inputOf } from './calibration-images.js';
import type { CalibrationMethod } from './calibration-method.js';
import type { Segment } from './segment.js';
import { segmentAt, segmentsOf } from './segment.js';

/** A site, and what decides its value in either network. */
export interface PlannedSite {
  readonly segment: Segment;
  /** The segment of the same end in the quantized network. */
  readonly target: Segment;
}

/** What a calibration is going to do. */
export interface CalibrationPlan {
  /** In network order. */
  readonly sites: readonly PlannedSite[];
  readonly inputs: { readonly spiking: NodeOf<'input'>; readonly quantized: NodeOf<'input'> };
}

/**
 * Plans a calibration, and refuses one that cannot be done before anything is.
 *
 * @throws naming what does not fit: batch norms in the spiking network, sites that only one network has, images, T.
 */
export function planCalibration(task: CalibrationTask, method: CalibrationMethod): CalibrationPlan {
  const { quantized, spiking, steps, calibration, heldOut } = task;
  assertValid(quantized);
  assertValid(spiking);
  if (!Number.isSafeInteger(steps) || steps < 1) {
    throw new Error(`The number of time steps must be an integer of at least 1, not ${steps}.`);
  }
  assertSpiking(spiking);
  assertSameSites(quantized, spiking, method);
  const inputs = { spiking: inputOf(spiking, 'spiking'), quantized: inputOf(quantized, 'quantized') };
  for (const input of Object.values(inputs)) {
    assertImages(calibration, input, 'calibration');
    assertImages(heldOut, input, 'heldOut');
  }
  const outputs = new Set(spiking.nodes.filter(({ op }) => op === 'output').map(({ name }) => name));
  const targets = segmentsOf(quantized);
  const sites = segmentsOf(spiking)
    .filter(({ end }) => !outputs.has(end) || method.readOut === 'calibrated')
    .map((segment) => ({ segment, target: segmentAt(targets, segment.end) }));
  assertOrder(sites, inputs.quantized.name);
  return { sites, inputs };
}

function assertSpiking({ nodes }: Network): void {
  const unfit = nodes.filter(({ op }) => op === 'batchNorm' || op === 'activation');
  if (unfit.length > 0) {
    throw new NetworkError(
      unfit.map(({ name, op }) => ({
        subject: name,
        message:
          op === 'batchNorm'
            ? 'a spiking network is calibrated with its batch norms folded; call foldBatchNorm before toSpiking'
            : 'an activation in the spiking network was never converted to a neuron; convert the whole network',
      })),
    );
  }
  if (!nodes.some(isSite)) {
    throw new NetworkError([{ subject: 'network', message: 'it has no neurons, so there is nothing to calibrate' }]);
  }
}

function assertSameSites(quantized: Network, spiking: Network, { readOut }: CalibrationMethod): void {
  const namesOf = (network: Network): ReadonlySet<string> => {
    const head = analogHead(network);
    // Activations of the head became functions.
    const isOne = (node: NetworkNode): boolean =>
      (isSite(node) && !head.has(node.name)) || (readOut === 'calibrated' && node.op === 'output');
    return new Set(network.nodes.filter(isOne).map(({ name }) => name));
  };
  const [analog, neurons] = [namesOf(quantized), namesOf(spiking)];
  const problems = [
    ...[...neurons]
      .filter((name) => !analog.has(name))
      .map((subject) => ({ subject, message: 'the quantized network has no site of this name to calibrate it by' })),
    ...[...analog]
      .filter((name) => !neurons.has(name))
      .map((subject) => ({ subject, message: 'the spiking network has no site of this name; is it its conversion?' })),
  ];
  const neuron = quantized.nodes.find(({ op }) => op === 'neuron');
  if (neuron !== undefined) {
    problems.push({ subject: neuron.name, message: 'the quantized network must be analog, but this is a neuron' });
  }
  if (problems.length > 0) throw new NetworkError(problems);
}

/** Every site's target must be computable from those of sites before it. */
function assertOrder(sites: readonly PlannedSite[], input: string): void {
  const known = new Set([input]);
  for (const { target } of sites) {
    const missing = target.frontier.find((name) => !known.has(name));
    if (missing !== undefined) {
      const message = `in the quantized network it reads '${missing}', which comes after it in the spiking one`;
      throw new NetworkError([{ subject: target.end, message }]);
    }
    known.add(target.end);
  }
}
