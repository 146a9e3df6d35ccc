import type { Network } from '@rheobase/network';
import { differences, type Fingerprint } from '@rheobase/training';
import type { SiteReport } from './site-report.js';

/** A calibration between two sites: everything that it needs to resume as if it had never stopped. */
export interface CalibrationState {
  /** Of the task, the method and the options. */
  readonly fingerprint: Fingerprint;
  /** The spiking network, in which the first `sites.length` sites are done. */
  readonly network: Network;
  readonly sites: readonly SiteReport[];
}

/** Where the state of a calibration is stored. `fileCalibrationStore` of \@rheobase/calibrator/node is one. */
export interface CalibrationStore {
  /** For messages: the file, for one. */
  readonly name: string;
  /** The latest state, if there is one. */
  load(): Promise<CalibrationState | undefined>;
  /** Saves a state in place of the previous one, completely or not at all. */
  save(state: CalibrationState): Promise<void>;
}

/**
 * Refuses a state of another calibration.
 *
 * @throws naming the fields that differ, and both values.
 */
export function assertSameCalibration(store: CalibrationStore, kept: Fingerprint, present: Fingerprint): void {
  const differing = differences(kept, present);
  if (differing.length > 0) {
    throw new Error(
      `${store.name}: this state is of another calibration: ${differing.join('; ')}. ` +
        'Resume with what it was started with, or save the new one elsewhere.',
    );
  }
}
