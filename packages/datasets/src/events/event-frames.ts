import type { EventRecording } from './event-recording.js';

/** How events become frames. */
export interface FrameOptions {
  readonly height: number;
  readonly width: number;
  /** Width of a bin in milliseconds, above 0: one frame for each. Default: 1. */
  readonly binMs?: number;
}

/** Frames of one recording. */
export interface EventFrames {
  /** Counts of events, row-major `[frames, height, width, 2]`: channel 0 of pixels that became darker, channel 1 of those that became brighter. */
  readonly data: Float32Array;
  /** Up to the bin of the last event. */
  readonly frames: number;
}

/** Frames of one recording; more would be a wrong bin width or damaged times. */
const mostFrames = 65_536;

/**
 * Counts events in bins of time. Bins start at time 0 of the recording.
 *
 * @param source names the recording in messages
 * @throws if an event is outside the image, the bin width is not above 0, or there would be more than 65,536 frames.
 */
export function eventFrames(
  { x, y, polarity, time }: EventRecording,
  { height, width, binMs = 1 }: FrameOptions,
  source: string,
): EventFrames {
  if (!(Number.isFinite(binMs) && binMs > 0))
    throw new RangeError(`the width of a bin must be above 0 ms, not ${binMs}`);
  const microseconds = binMs * 1000;
  const binOf = (event: number): number => Math.floor((time[event] ?? 0) / microseconds);
  const frames = time.reduce((most, _, i) => Math.max(most, binOf(i) + 1), 0);
  if (frames > mostFrames) {
    throw new Error(
      `${source}: bins of ${binMs} ms would be ${frames} frames, more than ${mostFrames}; use wider bins`,
    );
  }
  const data = new Float32Array(frames * height * width * 2);
  for (let i = 0; i < time.length; i += 1) {
    const [column = 0, row = 0] = [x[i], y[i]];
    if (column >= width || row >= height) {
      throw new Error(`${source}: event ${i} is at x = ${column}, y = ${row}, outside ${width}×${height} pixels`);
    }
    const at = ((binOf(i) * height + row) * width + column) * 2 + (polarity[i] ?? 0);
    data[at] = (data[at] ?? 0) + 1;
  }
  return { data, frames };
}
