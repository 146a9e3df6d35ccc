import { normalizationNamed } from '@rheobase/datasets';
import type { Images } from '../../image-batches.js';
import { defaultRegistries, type Registries } from '../../registries.js';
import type { Experiment } from '../experiment/experiment-schema.js';
import { leftOutAt } from '../experiment/meant-steps.js';
import { networkIdentity } from '../experiment/network-identity.js';
import { configureRun, type RunChoices, type RunConfiguration } from '../experiment/run-configuration.js';
import type { Hashes, Plan, Stage } from '../runner/plan.js';
import { givenQuantized, quantizedStages } from '../stages/quantized-stages.js';
import { quantizedNetwork } from '../stages/quantized-network.js';
import { type SourceStages, sourceStages } from '../stages/source-stages.js';
import { classification, type ImageOpeners, type TestFigures } from '../tasks/classification.js';
import { hashedImages, type RunImages, splitRunImages } from '../tasks/run-images.js';
import { keepEvidence } from './run-evidence.js';
import { resultOf, type RunResult } from './run-result.js';
import { spikingStages, stagesWithoutStageOne } from './spiking-stages.js';

/** An experiment on a classifier, and what is said on the command line rather than in its file. */
export interface ExperimentRun extends ImageOpeners {
  readonly experiment: Experiment;
  readonly choices?: RunChoices | undefined;
  readonly registries?: Registries | undefined;
}

export type TwoStagePlan = Plan<Images, RunImages, TestFigures, RunResult>;

/**
 * An experiment for one T and one seed: every stage of its method, chosen on held-out training images.
 *
 * @throws if an input file cannot be read or is of another model; if a choice is not what the experiment's field could be.
 */
export async function twoStagePlan({
  experiment: file,
  choices = {},
  registries = defaultRegistries,
  ...openers
}: ExperimentRun): Promise<TwoStagePlan> {
  const configuration = configureRun(file, choices, registries);
  const { experiment, steps, levels, seed } = configuration;
  const { data, network, method, table } = experiment;
  const { normalization, task, identity } = partsOf(experiment, registries);
  const analog = await analogStages(configuration, choices, registries);
  const spiking = spikingStages(method, { steps, seed, quantized: 'quantClip' });
  const ablation = method.withoutStageOne ? stagesWithoutStageOne(method, { steps, seed, levels }) : undefined;
  const last = spiking.extensions.at(-1);
  const best = { bestOf: [...spiking.passes, ...(last === undefined ? [] : [last])] };
  const measured = [
    'source',
    'quantClip',
    ...spiking.stages.map(({ name }) => name),
    ...(ablation?.stages.slice(1).map(({ name }) => name) ?? []),
  ];
  return {
    title: `${table}: ${network.model} on ${data.dataset}, T = ${steps}`,
    task: classification({
      ...openers,
      ...task,
      split: (source) => splitRunImages(source, normalization, { ...data, seed }),
    }),
    steps,
    seed,
    identity: (hashes, kernels) => ({ ...identity, steps, seed, hashes: { ...hashes, kernels } }),
    description: descriptionOf(configuration),
    notices: leftOutAt(method, steps),
    ...analog,
    stages: [...analog.stages, ...spiking.stages, ...(ablation?.stages ?? [])],
    networks: { ...(last !== undefined && { extensions: last }), network: best },
    measured,
    result: async (run) => {
      const result = await resultOf(run, configuration, {
        normalization: normalization.name,
        spiking,
        ablation,
        obstacles: obstaclesTo(configuration, analog.hashes['weights']),
      });
      await keepEvidence(run, measured, run.stage(best));
      return result;
    },
  };
}

/** The stages before the conversion, and their inputs. */
export async function analogStages(
  configuration: RunConfiguration<Experiment>,
  { weights, quantized }: RunChoices,
  registries: Registries,
): Promise<Pick<SourceStages, 'stages' | 'hashes' | 'begin'>> {
  const { experiment, levels } = configuration;
  const source = await sourceStages(configuration, weights, registries);
  const given =
    quantized === undefined
      ? undefined
      : await quantizedNetwork(quantized, { model: experiment.network.model, levels });
  const stageOne: readonly Stage<RunImages>[] = given
    ? [givenQuantized(given)]
    : quantizedStages(experiment.method.stageOne, source, configuration);
  const hashes: Hashes = { ...source.hashes, ...(given && { quantized: given.sha256 }) };
  return { stages: [...source.stages, ...stageOne], hashes, begin: source.begin };
}

/** What plans for a classifier have in common: the task apart from the split of its images, and the identity apart from T, seeds and hashes. */
export function partsOf({ data, network, method, energy }: Experiment, { models }: Registries) {
  const model = models.get(network.model);
  // As the file says, or as the model has it.
  const normalization = normalizationNamed(data.normalization ?? model.normalization);
  return {
    normalization,
    task: { dataset: data.dataset, normalization, hashed: hashedImages, testImages: data.testImages, energy },
    identity: {
      data: { ...data, normalization: normalization.name },
      network: networkIdentity(network, model.options),
      method,
      energy,
    },
  };
}

function descriptionOf({ experiment: { paper, table, description, expected, budget } }: RunConfiguration): object {
  return { paper, table, description, budget, expected };
}

function obstaclesTo(
  { experiment: { network }, overridden }: RunConfiguration,
  weights: string | undefined,
): readonly string[] {
  const meant = network.source.kind === 'weights' ? network.source.sha256 : undefined;
  return [
    ...overridden.map((option) => `${option} was given`),
    ...(meant !== undefined && weights !== meant ? ['the weights differ'] : []),
  ];
}
