import { describe, expect, it } from 'vitest';
import { eventFrames } from './event-frames.js';
import { decodeEvents } from './event-recording.js';

/** x, y, polarity, microseconds */
type Event = readonly [x: number, y: number, polarity: number, time: number];

const encoded = (events: readonly Event[]): Uint8Array =>
  Uint8Array.from(events.flatMap(([x, y, p, t]) => [x, y, (p << 7) | (t >> 16), (t >> 8) & 255, t & 255]));

const events: readonly Event[] = [
  [3, 1, 1, 0],
  [3, 1, 1, 999],
  [0, 2, 0, 1000],
  [33, 0, 1, 0x7fffff],
];

describe('decodeEvents', () => {
  it('reads x, y, a polarity bit and 23 bits of microseconds, big-endian', () => {
    const { x, y, polarity, time } = decodeEvents(encoded(events), 'a.bin');
    expect(events.map((_, i) => [x[i], y[i], polarity[i], time[i]])).toEqual(events);
  });

  it('refuses recordings that are empty or cut off, by name', () => {
    expect(() => decodeEvents(new Uint8Array(), 'a.bin')).toThrow(/a\.bin: it is empty/);
    expect(() => decodeEvents(encoded(events).subarray(0, 13), 'a.bin')).toThrow(
      /a\.bin: its last event is cut off after 3 of 5 bytes/,
    );
  });
});

describe('eventFrames', () => {
  const recording = decodeEvents(encoded(events.slice(0, 3)), 'a.bin');

  it('counts the events of each bin, pixel and polarity', () => {
    const { data, frames } = eventFrames(recording, { height: 3, width: 4 }, 'a.bin');
    const expected = new Float32Array(2 * 3 * 4 * 2);
    expected[(1 * 4 + 3) * 2 + 1] = 2;
    expected[24 + (2 * 4 + 0) * 2] = 1;
    expect(frames).toBe(2);
    expect(data).toEqual(expected);
  });

  it('takes another width of bins', () => {
    expect(eventFrames(recording, { height: 3, width: 4, binMs: 2 }, 'a.bin').frames).toBe(1);
    expect(eventFrames(recording, { height: 3, width: 4, binMs: 0.25 }, 'a.bin').frames).toBe(5);
  });

  it('refuses events outside the image, and widths that are none', () => {
    expect(() => eventFrames(recording, { height: 2, width: 4 }, 'a.bin')).toThrow(
      /a\.bin: event 2 is at x = 0, y = 2, outside 4×2 pixels/,
    );
    expect(() => eventFrames(recording, { height: 3, width: 4, binMs: 0 }, 'a.bin')).toThrow(/above 0 ms, not 0/);
    expect(() => eventFrames(recording, { height: 3, width: 4, binMs: 1e-5 }, 'a.bin')).toThrow(
      /more than 65536; use wider bins/,
    );
  });
});
