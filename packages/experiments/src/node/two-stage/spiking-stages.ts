import { initialPotentials, layerwiseBptt, lightCalibration, temporalBiases } from '@rheobase/calibrator';
import { thresholdsPerChannel, toSpiking, withNeuron } from '@rheobase/converter';
import { bind } from '@rheobase/execution';
import { stageTwoPasses } from '@rheobase/methods';
import { distillation, type Forward, rateForward, spikingForward, teacherFrom } from '@rheobase/training';
import { quantize } from '../../stage-one.js';
import { train } from '../../training-run.js';
import type { Extension, TwoStageMethod } from '../experiment/experiment-schema.js';
import { isMeantFor, namedExtensions, namedParts } from '../experiment/meant-steps.js';
import { jsonOf } from '../folder/json-of.js';
import type { Origin, Stage } from '../runner/plan.js';
import { type CalibrationStage, calibrationStage, layerwiseOptions } from '../stages/calibration-stage.js';
import { recipeFrom, trainingWork } from '../stages/training-stage.js';
import type { RunImages } from '../tasks/run-images.js';

/** The spiking stages of the two-stage method, with the names that its result has for them. */
export interface SpikingStages {
  readonly stages: readonly Stage<RunImages>[];
  readonly passes: readonly string[];
  /** The best of the passes by held-out images: the paper's method, and nothing more. */
  readonly stage2: Origin;
  readonly light: string | undefined;
  /** Other ways through stage II: the best of the parts of each. */
  readonly variants: readonly Variant[];
  /** One after each extension, in their order; the last one is the method with all of them. */
  readonly extensions: readonly string[];
}

/** A way through stage II. */
export interface Variant {
  readonly name: string;
  /** Its parts' stages, in their order. */
  readonly parts: readonly string[];
  readonly best: Origin;
}

/** What stage I has left, and T. */
export interface Beginning {
  readonly steps: number;
  readonly seed: number;
  readonly quantized: string;
  /** Before the names of the stages. */
  readonly prefix?: string;
}

/** Conversion, stage II, and the extensions (METHOD §4–6). */
export function spikingStages(
  { conversion, stageTwo, light, variants, extensionsFrom, extensions }: TwoStageMethod,
  { steps, seed, quantized, prefix = '' }: Beginning,
): SpikingStages {
  const calibrated = (given: Pick<CalibrationStage, 'name' | 'from' | 'method'>): Stage<RunImages> =>
    calibrationStage({ ...given, quantized, settings: { ...given.method.description, steps } });
  const { neuron: kind, parameters, attributes, initialPotential } = conversion;
  const converted: Stage<RunImages> = {
    name: `${prefix}converted`,
    settings: { ...jsonOf(conversion), steps },
    after: [quantized],
    work: async ({ stage, registries: { neurons, siteConversions } }) => ({
      network: toSpiking(stage(quantized).network, {
        initialPotential,
        steps,
        neuron: { kind, parameters, attributes },
        neurons,
        conversions: siteConversions,
      }),
      details: {},
    }),
  };
  const passes: Stage<RunImages>[] = [];
  for (const { name, method } of stageTwoPasses(stageTwo.passes, layerwiseOptions(stageTwo.bptt))) {
    passes.push(calibrated({ name: prefix + name, from: (passes.at(-1) ?? converted).name, method }));
  }
  const stage2 = { bestOf: passes.map(({ name }) => name) };
  const lightStage =
    light && calibrated({ name: `${prefix}light`, from: converted.name, method: lightCalibration(light) });
  const chain = (parts: ReturnType<typeof namedExtensions>, start: Origin): readonly Stage<RunImages>[] => {
    const chained: Stage<RunImages>[] = [];
    for (const [name, part] of parts) {
      if (!isMeantFor(part, steps)) continue;
      const from = chained.at(-1)?.name ?? start;
      chained.push(extensionStage(part, { name: prefix + name, from, steps, seed, calibrated }));
    }
    return chained;
  };
  const origins = new Map<string, Origin>([
    ['converted', converted.name],
    ['stage2', stage2],
  ]);
  const others: Stage<RunImages>[] = [];
  const ways: Variant[] = [];
  for (const { name, from, parts } of variants) {
    const start = origins.get(from) ?? converted.name;
    const chained = chain(namedParts(name, parts), start);
    const names = chained.map((stage) => stage.name);
    // Nothing is lost by a part that does not help; with no part for this T it is where it starts.
    const best: Origin = names.length === 0 ? start : { bestOf: names };
    origins.set(name, best);
    others.push(...chained);
    ways.push({ name: `${prefix}stage2-${name}`, parts: names, best });
  }
  const extended = chain(namedExtensions(extensions), origins.get(extensionsFrom ?? 'stage2') ?? stage2);
  return {
    stages: [converted, ...passes, ...(lightStage ? [lightStage] : []), ...others, ...extended],
    passes: stage2.bestOf,
    stage2,
    light: lightStage?.name,
    variants: ways,
    extensions: extended.map(({ name }) => name),
  };
}

const unquantized = 'withoutStageOne-';

/**
 * The ablation of stage I: the source network with quantized sites and no fine-tuning, converted, and calibrated as the method says.
 * Together with the whole method it gives the four rows: neither stage, each alone, and both.
 */
export function stagesWithoutStageOne(
  method: TwoStageMethod,
  { levels, ...beginning }: Omit<Beginning, 'quantized' | 'prefix'> & { readonly levels: number },
): SpikingStages {
  const { noise, thresholds } = method.stageOne;
  const quantized = `${unquantized}quantized`;
  const { light: _, ...paper } = method;
  const spiking = spikingStages(
    { ...paper, variants: [], extensions: [] },
    { ...beginning, quantized, prefix: unquantized },
  );
  const first: Stage<RunImages> = {
    name: quantized,
    settings: { levels, thresholds: jsonOf(thresholds) },
    after: ['source'],
    work: async ({ stage, split, registries }) => {
      const warnings: string[] = [];
      const onWarning = (text: string): void => void warnings.push(text);
      const quantization = { levels, noise, thresholds, fold: 'before' } as const;
      const network = await quantize(stage('source').network, quantization, split, { onWarning, registries });
      return { network, details: warnings.length > 0 ? { warnings } : {} };
    },
  };
  return { ...spiking, stages: [first, ...spiking.stages] };
}

interface ExtensionStage extends Pick<Beginning, 'steps' | 'seed'> {
  readonly name: string;
  readonly from: Origin;
  readonly calibrated: (given: Pick<CalibrationStage, 'name' | 'from' | 'method'>) => Stage<RunImages>;
}

function extensionStage(extension: Extension, given: ExtensionStage): Stage<RunImages> {
  const { name, from, calibrated } = given;
  const common = { name, settings: jsonOf(extension), after: [from] };
  switch (extension.kind) {
    case 'thresholds-per-channel':
      return {
        ...common,
        work: async ({ stage }) => ({
          network: thresholdsPerChannel(stage(from).network),
          details: { kind: extension.kind },
        }),
      };
    case 'neuron': {
      const { neuron, attributes } = extension;
      return {
        ...common,
        work: async ({ stage, registries }) => ({
          network: withNeuron(stage(from).network, { kind: neuron, attributes }, registries.neurons),
          details: { kind: extension.kind, neuron },
        }),
      };
    }
    case 'potentials':
      return calibrated({ name, from, method: initialPotentials() });
    case 'ftbc': {
      const { rate, iterations, batchSize } = extension;
      return calibrated({ name, from, method: temporalBiases({ rate, iterations, batchSize }) });
    }
    case 'recalibrate':
      return calibrated({
        name,
        from,
        method: layerwiseBptt({ ...layerwiseOptions(extension), readOut: extension.readOut }),
      });
    case 'end-to-end':
    case 'rate-based':
      return wholeNetworkStage(extension, given);
  }
}

type WholeNetwork = Extract<Extension, { readonly kind: 'end-to-end' | 'rate-based' }>;

function forwardOf(extension: WholeNetwork, steps: number): Forward {
  if (extension.kind === 'rate-based') return rateForward({ steps });
  const { surrogate, slope } = extension;
  return spikingForward({ steps, surrogate, ...(slope !== undefined && { slope }) });
}

/** Fine-tunes the whole spiking network, through time or through its rates, with the source network as a teacher. */
function wholeNetworkStage(extension: WholeNetwork, { name, from, steps, seed }: ExtensionStage): Stage<RunImages> {
  const { optimizer, clipNorm, patience } = extension;
  return {
    name,
    settings: { ...jsonOf(extension), steps },
    after: [from, 'source'],
    work: trainingWork(async (means, { stage, split }) => {
      const teacher = bind(stage('source').network, means.registries);
      const previous = stage(from);
      try {
        const trained = await train({
          ...split,
          network: previous.network,
          recipe: { ...recipeFrom(extension, seed), optimizer, clipNorm, patience },
          objective: {
            loss: distillation(extension.distillation),
            teacher: teacherFrom(teacher),
            forward: forwardOf(extension, steps),
          },
          means,
        });
        // Without an improvement by training, the network is unchanged.
        const improved = (trained.result.best?.score ?? 0) > previous.validation.score;
        return improved ? trained : { ...trained, network: previous.network };
      } finally {
        teacher.dispose();
      }
    }),
  };
}
