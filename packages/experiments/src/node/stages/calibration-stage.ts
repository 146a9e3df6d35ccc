import {
  amsgrad,
  calibrate,
  type CalibrationMethod,
  type CalibrationProgress,
  defaultCalibrationLosses,
  type LayerwiseBpttOptions,
} from '@rheobase/calibrator';
import { fileCalibrationStore } from '@rheobase/calibrator/node';
import type { ImageBatch } from '@rheobase/network';
import { defaultSurrogates } from '@rheobase/neurons';
import { adamW } from '@rheobase/training';
import type { Layerwise } from '../experiment/experiment-schema.js';
import type { Metrics } from '../folder/metrics-log.js';
import type { Origin, Stage } from '../runner/plan.js';
import { StoppedEarly } from '../runner/stopped-early.js';

/** How the calibrator calls what an experiment says. */
export function layerwiseOptions({ loss, optimizer, surrogate, ...options }: Layerwise): LayerwiseBpttOptions {
  const { learningRate, schedule, epochs, patience, batchSize, potentials } = options;
  return {
    loss: defaultCalibrationLosses.get(loss),
    learningRate,
    schedule,
    epochs,
    patience,
    batchSize,
    optimizer: optimizer === 'adam' ? adamW() : amsgrad(),
    potentials,
    surrogate: defaultSurrogates.get(surrogate),
  };
}

/** Images that networks are calibrated on. */
export interface CalibrationSplit {
  readonly calibration: ImageBatch;
  /** What a layer's calibration stops by. */
  readonly earlyStopping: ImageBatch;
}

export interface CalibrationStage {
  readonly name: string;
  /** Whose activations the neurons are to say. */
  readonly quantized: Origin;
  /** The spiking network to start from. */
  readonly from: Origin;
  readonly method: CalibrationMethod;
  readonly settings: Stage<never>['settings'];
}

/** One pass of calibration as a stage of a run. */
export function calibrationStage<Split extends CalibrationSplit>({
  name,
  quantized,
  from,
  method,
  settings,
}: CalibrationStage): Stage<Split> {
  return {
    name,
    settings,
    after: [quantized, from],
    work: async ({ split, stage, steps, seed, signal, folder, registries }, report, checkpoint) => {
      const { calibration, earlyStopping: heldOut } = split;
      const networks = { quantized: stage(quantized).network, spiking: stage(from).network };
      const { network, sites, completed } = await calibrate({ ...networks, steps, calibration, heldOut }, method, {
        seed,
        registries,
        store: fileCalibrationStore(checkpoint),
        ...(signal && { signal }),
        onProgress: (progress) =>
          report({
            done: progress.index,
            total: progress.sites,
            unit: 'sites',
            note: noteOf(progress),
            metrics: metricsOf(progress),
          }),
      });
      if (!completed) throw new StoppedEarly(folder.path);
      return { network, details: { sites: sites.map((site) => ({ ...site })) } };
    },
  };
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
