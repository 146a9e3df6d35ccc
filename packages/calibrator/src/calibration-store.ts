import type { Network } from '@rheobase/network';
import { differences, type Fingerprint } from '@rheobase/training';
import type { SiteReport } from './site-report.js';

/** A calibration between two sites: all that it needs to go on as though it had never stopped. */
export interface CalibrationState {
  /** Of the task, the method and the options. */
  readonly fingerprint: Fingerprint;
  /** The spiking network, in which the first `sites.length` sites are done. */
  readonly network: Network;
  readonly sites: readonly SiteReport[];
}

/** Where the state of a calibration is kept. `fileCalibrationStore` of \@rheobase/calibrator/node is one. */
export interface CalibrationStore {
  /** For messages: the file, for one. */
  readonly name: string;
  /** The latest state, if there is one. */
  load(): Promise<CalibrationState | undefined>;
  /** Keeps a state in the place of the one before, wholly or not at all. */
  save(state: CalibrationState): Promise<void>;
}

/**
 * Refuses to go on from a state of another calibration.
 *
 * @throws naming the fields that differ, and both values.
 */
export function assertSameCalibration(store: CalibrationStore, kept: Fingerprint, present: Fingerprint): void {
  const differing = differences(kept, present);
  if (differing.length > 0) {
    throw new Error(
      `${store.name}: this state is of another calibration: ${differing.join('; ')}. ` +
        'Go on with what it was begun with, or keep the new one elsewhere.',
    );
  }
}
