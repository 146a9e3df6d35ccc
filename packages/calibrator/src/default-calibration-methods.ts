import type { Registry } from '@rheobase/network';
import { registry } from '@rheobase/network';
import type { CalibrationMethod } from './calibration-method.js';
import { initialPotentials } from './initial-potentials.js';
import { layerwiseBptt } from './layerwise-bptt.js';
import { lightCalibration } from './light-calibration.js';

/** The methods of this package by name, with their usual settings: `initial-potentials`, `layerwise-bptt`, `light`. */
export const defaultCalibrationMethods: Registry<CalibrationMethod> = registry(
  'calibration method',
  [initialPotentials(), layerwiseBptt(), lightCalibration()].map((method) => [method.name, method]),
);
