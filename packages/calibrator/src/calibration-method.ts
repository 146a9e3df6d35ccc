import type { Description } from '@rheobase/training';
import type { SiteOutcome, SiteTask } from './site-task.js';

/** A way to calibrate a spiking network, site by site from input to output. */
export interface CalibrationMethod {
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  /** All settings that affect the result: a saved state with other settings is refused. */
  readonly description: Description;
  /** Whether the read-outs after the last neurons are calibrated too, towards the quantized network's outputs. */
  readonly readOut: 'fixed' | 'calibrated';
  /** Whether `heldOutLoss` of an outcome is there and never rises. */
  readonly keepsBest: boolean;
  /**
   * Calibrates one site. Leaves the task's network unchanged and leaks no tensor; the same task gives the same bytes.
   *
   * @returns nothing where the task's signal stopped it
   */
  calibrateSite(task: SiteTask): Promise<SiteOutcome | undefined>;
}
