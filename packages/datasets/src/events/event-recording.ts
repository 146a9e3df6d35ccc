/** Events of an event camera (a dynamic vision sensor), in the order they were recorded. All arrays are `[count]`. */
export interface EventRecording {
  /** Column, from 0. */
  readonly x: Uint8Array;
  /** Row, from 0. */
  readonly y: Uint8Array;
  /** 1 where the pixel became brighter, 0 where it became darker. */
  readonly polarity: Uint8Array;
  /** Microseconds since the recording started. */
  readonly time: Uint32Array;
}

const bytesPerEvent = 5;

/**
 * Decodes a recording as N-MNIST and N-Caltech101 are published (Orchard et al., "Converting static image datasets to spiking neuromorphic datasets
 * using saccades", Frontiers in Neuroscience 9, 2015): five bytes for each event, x, y, and big-endian a polarity bit with 23 bits of microseconds.
 *
 * @param source names the recording in messages
 * @throws if it is empty, or its last event is incomplete.
 */
export function decodeEvents(bytes: Uint8Array, source: string): EventRecording {
  const count = Math.floor(bytes.length / bytesPerEvent);
  if (count === 0 || bytes.length % bytesPerEvent !== 0) {
    const fault =
      bytes.length === 0 ? 'it is empty' : `its last event is cut off after ${bytes.length % bytesPerEvent} of 5 bytes`;
    throw new Error(`${source}: ${fault} (${bytes.length} bytes); fetch it again`);
  }
  const at = (event: number, offset: number): number => bytes[event * bytesPerEvent + offset] ?? 0;
  const each = { length: count };
  return {
    x: Uint8Array.from(each, (_, i) => at(i, 0)),
    y: Uint8Array.from(each, (_, i) => at(i, 1)),
    polarity: Uint8Array.from(each, (_, i) => at(i, 2) >> 7),
    time: Uint32Array.from(each, (_, i) => ((at(i, 2) & 0x7f) << 16) | (at(i, 3) << 8) | at(i, 4)),
  };
}
