import type { CalibrationMethod } from '@rheobase/calibrator';
import { calibrate } from '@rheobase/calibrator';
import type { Network } from '@rheobase/network';
import type { TaskWithImages } from './define-method.js';

/**
 * One pass of a calibration towards the activations of the task's own network.
 *
 * @param note which pass it is
 * @throws what the task's signal was aborted with.
 */
export async function runCalibration(
  { network: target, steps, images, registries, seed, signal, onProgress }: TaskWithImages,
  spiking: Network,
  method: CalibrationMethod,
  note = method.name,
): Promise<Network> {
  const { calibration, heldOut } = images;
  const { network, completed } = await calibrate({ quantized: target, spiking, steps, calibration, heldOut }, method, {
    seed,
    ...(registries && { registries }),
    ...(signal && { signal }),
    onProgress: ({ index, sites, site }) =>
      onProgress?.({ done: index, total: sites, unit: 'sites', note: `${note}: ${site}` }),
  });
  if (!completed) signal?.throwIfAborted();
  return network;
}
