import type { Registry } from '@rheobase/network';
import { registry } from '@rheobase/network';
import type { CalibrationLoss } from './calibration-loss.js';
import { cosineDistance } from './cosine-distance.js';
import { klDivergence } from './kl-divergence.js';
import { meanSquaredError } from './mean-squared-error.js';

/** The losses of this package by name: `kl`, `kl-by-element`, `mse`, `cosine`. */
export const defaultCalibrationLosses: Registry<CalibrationLoss> = registry(
  'calibration loss',
  [klDivergence('batch'), klDivergence('element'), meanSquaredError, cosineDistance].map((loss) => [loss.name, loss]),
);
