import {
  amsgrad,
  calibrate,
  type CalibrationMethod,
  type CalibrationProgress,
  defaultCalibrationLosses,
  initialPotentials,
  layerwiseBptt,
  type LayerwiseBpttOptions,
} from '@rheobase/calibrator';
import { fileCalibrationStore } from '@rheobase/calibrator/node';
import { defaultSurrogates } from '@rheobase/neurons';
import { adamW } from '@rheobase/training';
import type { Layerwise, Pass } from '../experiment/experiment-schema.js';
import type { Metrics } from '../folder/metrics-log.js';
import type { StageContext } from './run.js';
import type { FinishedStage } from './finished-stage.js';
import { runStage } from './stage.js';
import { StoppedEarly } from './training-session.js';

/** The method of a pass of stage II. */
export function methodOfPass(pass: Pass, bptt: Layerwise): CalibrationMethod {
  return pass === 'bptt' ? layerwiseBptt(layerwiseOptions(bptt)) : initialPotentials();
}

/** How the calibrator calls what an experiment says. */
export function layerwiseOptions(options: Layerwise): LayerwiseBpttOptions {
  const { loss, rate, schedule, epochs, patience, batch, optimizer, potentials, surrogate } = options;
  return {
    loss: defaultCalibrationLosses.get(loss),
    learningRate: rate,
    schedule,
    epochs,
    patience,
    batchSize: batch,
    optimizer: optimizer === 'adam' ? adamW() : amsgrad(),
    potentials,
    surrogate: defaultSurrogates.get(surrogate),
  };
}

export interface CalibrationStage {
  readonly name: string;
  /** Whose activations the neurons are to say. */
  readonly quantized: FinishedStage;
  /** The spiking network to begin from. */
  readonly from: FinishedStage;
  readonly method: CalibrationMethod;
}

/** One pass of calibration as a stage of a run. */
export async function calibrationStage(
  run: StageContext,
  { name, quantized, from, method }: CalibrationStage,
): Promise<FinishedStage> {
  const { steps, seed } = run;
  const { calibration, earlyStopping } = run.images;
  return runStage(run, {
    name,
    settings: { ...method.description, steps },
    after: [quantized, from],
    work: async (report, checkpoint) => {
      const { network, sites, completed } = await calibrate(
        { quantized: quantized.network, spiking: from.network, steps, calibration, heldOut: earlyStopping },
        method,
        {
          seed,
          store: fileCalibrationStore(checkpoint),
          ...(run.signal && { signal: run.signal }),
          onProgress: (progress) =>
            report({
              done: progress.index,
              total: progress.sites,
              unit: 'sites',
              note: noteOf(progress),
              metrics: metricsOf(progress),
            }),
        },
      );
      if (!completed) throw new StoppedEarly(run.folder.path);
      return { network, details: { sites: sites.map((site) => ({ ...site })) } };
    },
  });
}

function metricsOf({ site, epoch, loss, heldOutLoss }: CalibrationProgress): Metrics {
  return {
    site,
    epoch,
    ...(loss !== undefined && { loss }),
    ...(heldOutLoss !== undefined && { stoppingLoss: heldOutLoss }),
  };
}

function noteOf({ site, epoch, loss, heldOutLoss }: CalibrationProgress): string {
  const shown = (what: string, value: number | undefined): string =>
    value === undefined ? '' : `, ${what} ${value.toPrecision(3)}`;
  return `${site}, epoch ${epoch}${shown('loss', loss)}${shown('stopping', heldOutLoss)}`;
}
