import { foldBatchNorm } from '@rheobase/converter';
import { renamingBy, weightRemarks } from '@rheobase/interop';
import { loadWeightsFile } from '@rheobase/interop/node';
import { clipSites, defaultModels, describeUntold, type OpenOptions, openOptions } from '@rheobase/models';
import { crossEntropy } from '@rheobase/training';
import type { Network } from '@rheobase/network';
import { assertFits } from '../../image-batches.js';
import { train } from '../../training-run.js';
import type { Experiment } from '../experiment/experiment-schema.js';
import { jsonOf } from '../folder/json-of.js';
import type { Run } from './run.js';
import type { FinishedStage } from './finished-stage.js';
import { runStage } from './stage.js';
import { recipeFrom, trainingWork } from './training-stage.js';

type FromScratch = Extract<Experiment['network']['source'], { readonly kind: 'trained' }>;

/** The source network of a run, before its batch norms were folded. */
export interface Source {
  /** Folded, as it is measured. */
  readonly stage: FinishedStage;
  /** Its training, where it was trained from scratch. */
  readonly training?: FinishedStage;
  readonly unfolded: Network;
}

/** A file of trained weights. */
export interface WeightsFile {
  readonly path: string;
  readonly sha256: string;
}

/**
 * The source network of a run: with the weights of a file, or trained from scratch.
 *
 * @throws if it is to have weights and no file was given; if the file does not fit; if the network and the images do not.
 */
export async function sourceStage(run: Run, weights: WeightsFile | undefined): Promise<Source> {
  const { network } = run.configuration.experiment;
  const { source } = network;
  if (source.kind === 'trained') return trained(run, source);
  if (weights === undefined) {
    throw new Error(`This experiment begins with trained weights (${source.origin}): give their file with --weights.`);
  }
  const family = defaultModels.get(network.model);
  const built = family.build(network.options);
  const { allowMissing, allowUnused, prefix, rename = [] } = source;
  const remedy =
    'Give the weights of this architecture with --weights, or theirs with --model; the file of the experiment matches other names by ' +
    '`rename` and `prefix`, and lists what may stay unmatched in `allowMissing` (parameters) and `allowUnused` (tensors) of network.source.';
  const {
    network: unfolded,
    report,
    metadata,
  } = await loadWeightsFile(built, weights.path, {
    allowMissing,
    allowUnused,
    ...(prefix !== undefined && { prefix }),
    rename: renamingBy(rename),
    optionNames: { prefix: '`prefix` of network.source', allowUnused: '`allowUnused`' },
    remedy,
  });
  for (const remark of weightRemarks(report)) run.onNotice?.(`note: ${weights.path}: ${remark}.`);
  tellOpenOptions(run, openOptions(family, { network: built, given: network.options, metadata }), weights.path);
  assertFits(unfolded, run.images.heldOut);
  const settings = { weights: weights.sha256, model: network.model, options: jsonOf(network.options) };
  return { unfolded, stage: await foldedStage(run, unfolded, { settings, after: [] }) };
}

/**
 * Tells what the weights of a run leave open of its architecture.
 *
 * @throws naming an option that the file of the weights tells otherwise and the experiment does not say.
 */
function tellOpenOptions(run: Run, { untold, conflicting }: OpenOptions, file: string): void {
  const { model } = run.configuration.experiment.network;
  for (const { name, taken, told, isGiven } of conflicting) {
    if (isGiven) {
      run.onNotice?.(`note: ${file} says ${name}=${told}; the experiment says ${taken}, which is taken.`);
      continue;
    }
    throw new Error(
      `${file} says ${name}=${told}, but ${model} has ${name}=${taken} unless told otherwise: write ${name} into network.options of the experiment.`,
    );
  }
  // The images of the run have the size that the network takes, or are refused.
  const described = describeUntold(
    model,
    untold.filter(({ name }) => name !== 'inputShape'),
  );
  if (described !== undefined) {
    run.onNotice?.(
      `note: ${described}. If they were trained otherwise, write it into network.options of the experiment.`,
    );
  }
}

async function trained(run: Run, fields: FromScratch): Promise<Source> {
  const { configuration, images, seed } = run;
  const { network } = configuration.experiment;
  const activation = clipSites(fields.threshold);
  const built = defaultModels.get(network.model).build({ seed, activation, ...network.options });
  assertFits(built, images.heldOut);
  const training = await runStage(run, {
    name: 'sourceUnfolded',
    settings: { ...jsonOf(fields), model: network.model, options: jsonOf(network.options) },
    after: [],
    work: trainingWork(run, (means) =>
      train({
        ...images,
        network: built,
        recipe: recipeFrom(fields, seed),
        objective: { loss: crossEntropy({ smoothing: fields.smoothing }) },
        means,
      }),
    ),
  });
  const stage = await foldedStage(run, training.network, { settings: {}, after: [training] });
  return { unfolded: training.network, training, stage };
}

/** The network with its batch norms folded, as it is measured and compared with. */
async function foldedStage(
  run: Run,
  network: Network,
  beginnings: Pick<Parameters<typeof runStage>[1], 'settings' | 'after'>,
): Promise<FinishedStage> {
  return runStage(run, {
    name: 'source',
    ...beginnings,
    work: async () => ({ network: foldBatchNorm(network), details: {} }),
  });
}
