import { startTensorBackend } from '@rheobase/execution';
import { assertFits, type Images, images } from '@rheobase/experiments';
import type { Registries } from '@rheobase/experiments/node';
import type { CommandOutput } from '../output/command-output.js';
import { chooseDataset, type DatasetOptions, openImages } from './dataset-choice.js';
import { normalizationOf } from './normalization-choice.js';
import { type ChosenNetwork, forImages, type NetworkOptions, sayAssumptions } from './network-choice.js';

/** A network and the images to run it on. */
export interface Trial {
  readonly given: ChosenNetwork;
  /** Name of the data set. */
  readonly dataset: string;
  readonly chosen: Images;
}

/**
 * Runs work on a network and the images that the options choose: reports assumptions, opens the images, and closes them afterwards.
 *
 * @throws if the images or their normalization are not known, or the network does not take them.
 */
export async function tryOnImages<Result>(
  given: ChosenNetwork,
  options: NetworkOptions & DatasetOptions,
  registries: Registries,
  output: CommandOutput,
  work: (trial: Trial) => Promise<Result>,
): Promise<Result> {
  sayAssumptions(output, given, options);
  const normalization = normalizationOf(options, given, output);
  const dataset = chooseDataset(options.dataset, given, output);
  const source = await openImages({ ...options, dataset }, options.split, given.network, registries, output);
  try {
    const chosen = images(source, normalization, { limit: options.limit, batchSize: options.batch });
    const fitting = forImages(given, source.imageShape);
    assertFits(fitting.network, chosen);
    await startTensorBackend();
    return await work({ given: fitting, dataset, chosen });
  } finally {
    await source.close();
  }
}

/** The subject of a trial's figures, for results. */
export function subjectOf({ given: { label, weights }, chosen: { source, normalization } }: Trial): object {
  return {
    network: label,
    weights,
    dataset: source.name,
    split: source.split,
    normalization: normalization.name,
  };
}
