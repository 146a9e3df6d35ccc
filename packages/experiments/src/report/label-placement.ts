import { textWidth } from './text-lines.js';

/** In pixels, y downwards. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A dot, and the text to be placed next to it. */
export interface Labelled {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** A text with the middle of its base line. */
export interface PlacedLabel {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly box: Box;
}

export function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

const radius = 3.5;

/**
 * Places texts next to their dots: above, below, right or left, where there is neither a dot nor another text. A text for which there is
 * no such place is left out, as is a repeated text at a dot in the same place.
 *
 * @param within where texts may be placed
 */
export function placeLabels(dots: readonly Labelled[], size: number, within: Box): readonly PlacedLabel[] {
  const taken = dots.map(
    ({ x, y }): Box => ({ left: x - radius, right: x + radius, top: y - radius, bottom: y + radius }),
  );
  const placed: (PlacedLabel & { readonly of: Labelled })[] = [];
  for (const dot of dots) {
    const isTold = placed.some(
      ({ of, text }) => text === dot.text && Math.hypot(of.x - dot.x, of.y - dot.y) < 2 * radius,
    );
    if (isTold) continue;
    const [half, gap] = [textWidth(dot.text, size) / 2, radius + 3];
    const places = [
      { x: dot.x, y: dot.y - gap },
      { x: dot.x, y: dot.y + gap + size * 0.8 },
      { x: dot.x + gap + half, y: dot.y + size * 0.35 },
      { x: dot.x - gap - half, y: dot.y + size * 0.35 },
    ].map(({ x, y }) => ({
      x,
      y,
      box: { left: x - half, right: x + half, top: y - size * 0.85, bottom: y + size * 0.2 },
    }));
    const free = places.find(
      ({ box }) =>
        box.left >= within.left &&
        box.right <= within.right &&
        box.top >= within.top &&
        box.bottom <= within.bottom &&
        ![...taken, ...placed.map((other) => other.box)].some((other) => overlap(box, other)),
    );
    if (free !== undefined) placed.push({ ...free, text: dot.text, of: dot });
  }
  return placed.map(({ x, y, text, box }) => ({ x, y, text, box }));
}

/** The times that can be written on an axis without touching each other: the last one always. Positions are in pixels. */
export function ticksThatFit(
  times: readonly number[],
  position: (time: number) => number,
  size: number,
): readonly number[] {
  const fits = (a: number, b: number): boolean =>
    Math.abs(position(a) - position(b)) >= (textWidth(String(a), size) + textWidth(String(b), size)) / 2 + 4;
  const last = times.at(-1);
  if (last === undefined) return [];
  const kept: number[] = [];
  for (const time of times.slice(0, -1)) {
    const before = kept.at(-1);
    if ((before === undefined || fits(before, time)) && fits(time, last)) kept.push(time);
  }
  return [...kept, last];
}
