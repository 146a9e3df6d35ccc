import { existingFile, runFiles } from '@rheobase/experiments/node';
import type { Registries } from '@rheobase/experiments/node';
import type { Network } from '@rheobase/network';
import { isSpiking } from '@rheobase/network';
import { readNetworkFile } from '@rheobase/network/node';
import type { CommandOutput } from '../output/command-output.js';
import { type ChosenDetector, type DetectorOptions } from './detector-choice.js';
import { convertByFolder, type DetectorRecipeOptions } from './detector-recipe.js';
import { assertStepsFit, ownSteps } from '../choices/steps-fit.js';

/** The spiking network of a detector, and its number of time steps. */
export interface SpikingDetector {
  readonly network: Network;
  readonly steps: number;
}

/** The networks of a detector: the analog one, the spiking one, or both. */
export interface DetectorNetworks {
  readonly analog?: Network | undefined;
  readonly spiking?: SpikingDetector | undefined;
}

/**
 * The networks of a detector: for a spiking one, also the source network next to it; for an analog one, also its conversion if T is given.
 *
 * @throws if T is neither given nor known, or is not the T of the neurons; and as `convertByFolder` does.
 */
export async function detectorNetworks(
  chosen: ChosenDetector,
  options: DetectorOptions & DetectorRecipeOptions & { readonly steps?: number },
  registries: Registries,
  output: CommandOutput,
): Promise<DetectorNetworks> {
  const { network } = chosen;
  if (isSpiking(network)) {
    const steps = options.steps ?? ownSteps(network);
    assertStepsFit(network, steps);
    const analog = options.network === undefined ? undefined : await sourceBeside(options.network);
    return { ...(analog && { analog }), spiking: { network, steps } };
  }
  const { steps } = options;
  if (steps === undefined) return { analog: network };
  const { source, converted } = await convertByFolder(chosen, options, steps, registries, output);
  return { analog: source, spiking: { network: (converted.at(-1) ?? converted[0]).network, steps } };
}

/** The source network that `convert-detector` wrote next to a spiking one. */
async function sourceBeside(file: string): Promise<Network | undefined> {
  const source = existingFile(runFiles(file).source);
  return source === undefined ? undefined : readNetworkFile(source);
}
