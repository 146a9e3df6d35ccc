import type { Registry } from '@rheobase/network';
import { registry } from '@rheobase/network';
import type { CalibrationMethod } from './calibration-method.js';
import { channelBiases } from './channel-biases.js';
import { initialPotentials } from './initial-potentials.js';
import { layerWeights } from './layer-weights.js';
import { layerwiseBptt } from './layerwise-bptt.js';
import { lightCalibration } from './light-calibration.js';
import { temporalBiases } from './temporal-biases.js';

/** The methods of this package by name, with their usual settings: `initial-potentials`, `layerwise-bptt`, `light`, `channel-biases`,
 * `layer-weights`, `ftbc`. */
export const defaultCalibrationMethods: Registry<CalibrationMethod> = registry(
  'calibration method',
  [initialPotentials(), layerwiseBptt(), lightCalibration(), channelBiases(), layerWeights(), temporalBiases()].map(
    (method) => [method.name, method],
  ),
);
