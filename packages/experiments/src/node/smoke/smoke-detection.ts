import type { AskedOfSmoke } from './smoke.js';
import { defaultRegistries, type Registries } from '../../registries.js';
import { type DetectionExperiment, detectionExperimentSchemaOf } from '../experiment/detection-schema.js';

/** An experiment on a detector, on a handful of images, through every stage, to see that it runs. */
export interface SmokeDetection {
  readonly experiment: DetectionExperiment;
  /** What was made smaller, in words: nothing else was. */
  readonly reductions: readonly string[];
}

const few = { trainImages: 8, heldOut: 4, calibration: 4, earlyStopping: 2, testImages: 4 };
const short = { epochs: 1, batchSize: 4 };

/** The smoke run of an experiment on a detector: the same network, stages and passes, for the T that is asked for, or the fewest of the file, one epoch of everything. */
export function smokeDetection(
  experiment: DetectionExperiment,
  { steps = Math.min(...experiment.steps), testImages = few.testImages }: AskedOfSmoke = {},
  known: Registries = defaultRegistries,
): SmokeDetection {
  const { data, detector, stageOne, stageTwo, endToEnd } = experiment;
  const fields = {
    ...experiment,
    steps: [steps],
    data: { ...data, ...few, testImages },
    detector: { ...detector, ...short },
    stageOne: { ...stageOne, ...short },
    stageTwo: { ...stageTwo, bptt: { ...stageTwo.bptt, ...short, patience: 1 } },
    ...(endToEnd && { endToEnd: { ...endToEnd, ...short } }),
  };
  return {
    experiment: detectionExperimentSchemaOf(known).parse(fields),
    reductions: [
      `${few.trainImages} training images, of which ${few.calibration} for calibration and ${few.earlyStopping} for early stopping, ` +
        `${few.heldOut} held out, ${testImages} test images`,
      `one epoch of every training and calibration, in batches of ${short.batchSize}; T = ${steps}`,
    ],
  };
}
