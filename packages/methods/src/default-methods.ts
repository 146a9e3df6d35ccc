import type { Registry } from '@rheobase/network';
import { registry } from '@rheobase/network';
import { burstSpikes } from './burst-spikes.js';
import { compensatingSpikes } from './compensating-spikes.js';
import type { ConversionMethod } from './conversion-method.js';
import { differentialSpikes, harmonySpikes, multiThresholdSpikes } from './correcting-spikes.js';
import { offsetSpikes } from './offset-spikes.js';
import { optimizedPotentials } from './optimized-potentials.js';
import { qcfs } from './qcfs.js';
import { residualPotentials } from './residual-potentials.js';
import { advancedSnnCalibration, lightSnnCalibration } from './snn-calibration.js';
import { temporalBias } from './temporal-bias.js';
import { thresholdBalancing } from './threshold-balancing.js';
import { twoStage } from './two-stage.js';

/** The methods of this package by name; `defaultMethods.with([mine.name, mine])` has one more. */
export const defaultMethods: Registry<ConversionMethod> = registry(
  'conversion method',
  [
    thresholdBalancing,
    optimizedPotentials,
    lightSnnCalibration,
    advancedSnnCalibration,
    burstSpikes,
    multiThresholdSpikes,
    harmonySpikes,
    differentialSpikes,
    qcfs,
    temporalBias,
    compensatingSpikes,
    residualPotentials,
    offsetSpikes,
    twoStage,
  ].map((method) => [method.name, method]),
);
