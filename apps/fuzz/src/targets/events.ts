import { decodeEvents, eventFrames } from '@rheobase/datasets';
import { changedBytes, type FuzzTarget, mutatedSamples } from '@rheobase/testing/fuzz';

/** Recordings of an event camera, changed as bytes. */
export function eventsTarget(): FuzzTarget {
  const sample = Uint8Array.from({ length: 200 }, (_, i) => (i % 5 < 2 ? i % 34 : i % 5 === 2 ? 128 : i));
  return {
    extension: '.bin',
    named: 'the-file',
    generate: mutatedSamples([sample], changedBytes),
    run: (input) => eventFrames(decodeEvents(input, 'the-file'), { height: 34, width: 34, binMs: 50 }, 'the-file'),
  };
}
