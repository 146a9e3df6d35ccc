import { createHash } from 'node:crypto';
import { foldBatchNorm } from '@rheobase/converter';
import { renamingBy, weightRemarks } from '@rheobase/interop';
import { loadWeightsFile } from '@rheobase/interop/node';
import { type ModelFamily, tellOpenOptions } from '@rheobase/models';
import { encodeNetwork, type Network } from '@rheobase/network';
import { fileReason } from '@rheobase/network/node';
import { assertFits } from '../../image-batches.js';
import { takingImages } from '../../image-input.js';
import type { Registries } from '../../registries.js';
import { sourceObjective, untrainedSource } from '../../source-training.js';
import { train } from '../../training-run.js';
import type { Experiment } from '../experiment/experiment-schema.js';
import { vectorOrderOfModel } from '../experiment/file-source.js';
import type { RunConfiguration } from '../experiment/run-configuration.js';
import { jsonOf } from '../folder/json-of.js';
import { fileHash } from '../folder/record.js';
import type { Hashes, RunMeans, Stage, StageMeans } from '../runner/plan.js';
import type { RunImages } from '../tasks/run-images.js';
import { recipeFrom, trainingWork } from './training-stage.js';

type FromScratch = Extract<Experiment['network']['source'], { readonly kind: 'trained' }>;
type FromWeights = Extract<Experiment['network']['source'], { readonly kind: 'weights' }>;

/** The stages of a run that make its source network, the last of which is `source`: its batch norms folded, as it is measured. */
export interface SourceStages {
  readonly stages: readonly Stage<RunImages>[];
  readonly hashes: Hashes;
  /** @throws as a plan's `begin` does. */
  readonly begin: (means: StageMeans<RunImages>) => Promise<void>;
  /** The network before its batch norms were folded. */
  readonly unfolded: (means: Pick<StageMeans<RunImages>, 'stage'>) => Network;
}

/**
 * The source network of a run: with the weights of a file, a file's own, or trained from scratch.
 *
 * @throws naming the file of weights, if it cannot be read.
 */
export async function sourceStages(
  { experiment: { network }, seed }: RunConfiguration,
  file: string | undefined,
  registries: Registries,
): Promise<SourceStages> {
  const { source } = network;
  switch (source.kind) {
    case 'trained':
      return trainedSource(network, source, seed, registries);
    case 'weights':
      return weightedSource(network, source, file, registries);
    case 'file':
      return readSource(registries.models.get(network.model));
  }
}

function trainedSource(
  { model, options }: Experiment['network'],
  fields: FromScratch,
  seed: number,
  registries: Registries,
): SourceStages {
  const network = untrainedSource(registries.models.get(model), options, fields, seed);
  const recipe = recipeFrom(fields, seed);
  const unfolded: SourceStages['unfolded'] = ({ stage }) => stage('sourceUnfolded').network;
  return {
    hashes: {},
    begin: async ({ split }) => assertFits(network, split.heldOut),
    unfolded,
    stages: [
      {
        name: 'sourceUnfolded',
        settings: { ...jsonOf(fields), model, options: jsonOf(options) },
        after: [],
        work: trainingWork((means, { split }) =>
          train({
            ...split,
            network,
            recipe,
            objective: sourceObjective(network, fields),
            means,
          }),
        ),
      },
      foldedStage(unfolded, {}, ['sourceUnfolded']),
    ],
  };
}

function readSource(family: ModelFamily): SourceStages {
  const network = family.build();
  let adapted = network;
  const sha256 = createHash('sha256').update(encodeNetwork(network)).digest('hex');
  const unfolded = (): Network => adapted;
  return {
    hashes: { network: sha256 },
    begin: async ({ split }) => {
      const { imageShape } = split.heldOut.source;
      adapted = takingImages(network, imageShape, vectorOrderOfModel(family));
      assertFits(adapted, split.heldOut);
    },
    unfolded,
    stages: [foldedStage(unfolded, { network: sha256 }, [])],
  };
}

async function weightedSource(
  { model, options }: Experiment['network'],
  source: FromWeights,
  file: string | undefined,
  registries: Registries,
): Promise<SourceStages> {
  const sha256 = file === undefined ? undefined : await hashOf(file);
  let loaded: Network | undefined;
  const unfolded = (): Network => {
    if (loaded !== undefined) return loaded;
    throw new Error(`This experiment starts from trained weights (${source.origin}): give their file with --weights.`);
  };
  return {
    hashes: sha256 === undefined ? {} : { weights: sha256 },
    begin: async ({ split, onNotice }) => {
      if (file === undefined) return void unfolded();
      loaded = await loadedWeights({ model, options, source, file }, registries, onNotice);
      assertFits(loaded, split.heldOut);
    },
    unfolded,
    stages: [foldedStage(unfolded, { weights: sha256 ?? null, model, options: jsonOf(options) }, [])],
  };
}

/** The network with its batch norms folded, as it is measured and compared with. */
function foldedStage(
  unfolded: SourceStages['unfolded'],
  settings: Stage<RunImages>['settings'],
  after: readonly string[],
): Stage<RunImages> {
  return {
    name: 'source',
    settings,
    after,
    work: async (run) => ({ network: foldBatchNorm(unfolded(run)), details: {} }),
  };
}

async function hashOf(path: string): Promise<string> {
  return fileHash(path).catch((error: unknown) => {
    throw new Error(`The weights file '${path}' cannot be read (${fileReason(error)}).`, { cause: error });
  });
}

interface Weighted extends Pick<Experiment['network'], 'model' | 'options'> {
  readonly source: FromWeights;
  readonly file: string;
}

/** @throws if the file does not fit. */
async function loadedWeights(
  { model, options, source, file }: Weighted,
  registries: Registries,
  onNotice: RunMeans['onNotice'],
): Promise<Network> {
  const family = registries.models.get(model);
  const built = family.build(options);
  const { allowMissing, allowUnused, prefix, rename = [] } = source;
  const remedy =
    'Give the weights of this architecture with --weights, or the architecture of the weights with --model; the experiment file maps other names by ' +
    '`rename` and `prefix`, and lists what may remain unmatched in `allowMissing` (parameters) and `allowUnused` (tensors) of network.source.';
  const { network, report, metadata } = await loadWeightsFile(built, file, {
    allowMissing,
    allowUnused,
    ...(prefix !== undefined && { prefix }),
    rename: renamingBy(rename),
    optionNames: { prefix: '`prefix` of network.source', allowUnused: '`allowUnused`' },
    remedy,
  });
  for (const remark of weightRemarks(report)) onNotice?.(`note: ${file}: ${remark}.`);
  tellOpenOptions(
    family,
    { network: built, given: options, metadata, file },
    {
      tell: (note) => onNotice?.(note),
      remedy: (assignment) => `write ${assignment} into network.options of the experiment`,
      // The images of the run have the size that the network takes, or are refused.
      settledByImages: ['inputShape'],
    },
  );
  return network;
}
