import { decodeKeptState } from '@rheobase/training/node';
import { z } from 'zod';

/** Raised when the fields change; a reader refuses what it does not know. */
export const formatVersion = 1;

const count = z.int().min(0);
const setting = z.union([z.string(), z.number(), z.boolean(), z.null()]);
/** An error against targets that are 0 throughout is infinite, which JSON has as null. */
const error = z
  .number()
  .nullable()
  .transform((value) => value ?? Infinity);

/** The contents of a calibration's file apart from its network, with fields in the order in which they are written. */
const calibrationState = z.strictObject({
  version: z.literal(formatVersion),
  fingerprint: z.record(z.string(), setting),
  sites: z.array(
    z.strictObject({
      site: z.string(),
      method: z.string(),
      errorBefore: error,
      errorAfter: error,
      epochs: count,
      bestEpoch: count,
      trainedParameters: count,
      heldOutLoss: z.strictObject({ before: error, after: error }).optional(),
      seconds: z.number(),
    }),
  ),
});

/**
 * The state that a calibration's JSON says.
 *
 * @throws naming the file, and the field that is wrong or the version that is not read here.
 */
export function decodeState(text: string, source: string): z.output<typeof calibrationState> {
  return decodeKeptState(text, calibrationState, {
    source,
    what: 'calibration',
    version: formatVersion,
    writer: '@rheobase/calibrator',
  });
}
