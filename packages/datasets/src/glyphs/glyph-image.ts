import { paintBackground, unitVector, type Colour } from './background.js';
import { counterRandom, type CounterRandom } from './counter-random.js';
import { glyphClassNames, glyphStrokes, type Polyline } from './shapes.js';
import { glyphImageSize, strokeMask } from './stroke-mask.js';

/** The parts of the set. Their images come from different random streams. */
export type GlyphSplit = 'train' | 'test';

const splitWord: Readonly<Record<GlyphSplit, number>> = { train: 1, test: 2 };

// The first word of every key: what the numbers are drawn for.
const labelStream = 0x6c61_6265;
const imageStream = 0x696d_6167;

/** Where one image stands: image `index` of a split of the set drawn with `seed`. */
export interface GlyphAddress {
  /** 0…2³² − 1. */
  readonly seed: number;
  readonly split: GlyphSplit;
  /** 0…2³² − 1. */
  readonly index: number;
}

/**
 * The class of one image. Images 10k … 10k + 9 hold each class once, in an order of their own, so that every run of whole tens is
 * balanced exactly.
 */
export function glyphLabel({ seed, split, index }: GlyphAddress): number {
  const classes = glyphClassNames.length;
  const random = counterRandom([labelStream, seed, splitWord[split], Math.floor(index / classes)]);
  const order = glyphClassNames.map((_, label) => label);
  for (let last = classes - 1; last > 0; last--) {
    const chosen = random.below(last + 1);
    const moved = order[last] ?? 0;
    order[last] = order[chosen] ?? 0;
    order[chosen] = moved;
  }
  return order[index % classes] ?? 0;
}

/**
 * Draws one image: a textured background, strokes that mean nothing, the glyph, at times something that hides a part of it, and noise.
 *
 * @returns pixels 0…255, HWC, `[32 · 32 · 3]`.
 */
export function drawGlyph(address: GlyphAddress): Uint8Array {
  const random = counterRandom([imageStream, address.seed, splitWord[address.split], address.index]);
  const mean: Colour = [random.between(50, 160), random.between(50, 160), random.between(50, 160)];
  const canvas = paintBackground(random, mean);
  const ink = mixInk(random, mean);

  for (let strokes = random.below(3); strokes > 0; strokes--) {
    const colour: Colour = random.chance(0.5)
      ? mixInk(random, mean)
      : [random.between(0, 255), random.between(0, 255), random.between(0, 255)];
    blend(canvas, strokeMask([strayStroke(random)], random.between(0.5, 1.4)), colour, random.between(0.3, 0.8));
  }

  const strokes = glyphStrokes[glyphLabel(address)] ?? [];
  blend(canvas, strokeMask(placeGlyph(random, strokes), random.between(0.65, 1.6)), ink, random.between(0.75, 1));

  if (random.chance(0.2)) blend(canvas, strokeMask([strayStroke(random)], random.between(0.5, 1.3)), ink, 0.85);
  if (random.chance(0.4)) {
    const at = [random.between(6, 26), random.between(6, 26)] as const;
    const cover: Colour = [nearby(random, mean[0]), nearby(random, mean[1]), nearby(random, mean[2])];
    blend(canvas, strokeMask([[at[0], at[1], at[0], at[1]]], random.between(2, 5.5)), cover, 1);
  }

  return develop(random, canvas, random.between(3, 22));
}

/** A colour that stands off from the background's mean, lighter or darker, at times by very little. */
function mixInk(random: CounterRandom, mean: Colour): Colour {
  const strength = random.chance(0.18) ? random.between(8, 40) : random.between(40, 130);
  const luma = (mean[0] + mean[1] + mean[2]) / 3;
  const lighter = random.chance(0.9) || luma - strength < 10;
  const shift = lighter ? strength : -strength;
  return [
    mean[0] + shift + random.between(-25, 25),
    mean[1] + shift + random.between(-25, 25),
    mean[2] + shift + random.between(-25, 25),
  ];
}

function nearby(random: CounterRandom, value: number): number {
  return value + random.between(-30, 30);
}

/** A bent stroke of two pieces somewhere in the image, in pixels. */
function strayStroke(random: CounterRandom): Polyline {
  const [cosine, sine] = unitVector(random, 1);
  const [turnCosine, turnSine] = unitVector(random, 0.4);
  const first = random.between(2, 9);
  const second = random.between(2, 9);
  const x = random.between(4, 28);
  const y = random.between(4, 28);
  const bentX = cosine * turnCosine - sine * turnSine;
  const bentY = sine * turnCosine + cosine * turnSine;
  return [x - cosine * first, y - sine * first, x, y, x + bentX * second, y + bentY * second];
}

/** Brings a glyph's strokes from their unit box into the image: vertices shaken, then sheared, stretched, turned and moved. */
function placeGlyph(random: CounterRandom, strokes: readonly Polyline[]): readonly Polyline[] {
  const size = random.between(6.5, 11.5);
  const sizeX = size * random.between(0.8, 1.2);
  const sizeY = size * random.between(0.8, 1.2);
  const shear = random.between(-0.25, 0.25);
  const [cosine, sine] = unitVector(random, 0.2);
  const room = 14.5 - size;
  const centreX = 16 + random.between(-room, room);
  const centreY = 16 + random.between(-room, room);
  return strokes.map((points) => {
    const placed: number[] = [];
    for (let at = 0; at + 1 < points.length; at += 2) {
      const shakenX = (points[at] ?? 0) + random.between(-0.09, 0.09);
      const shakenY = (points[at + 1] ?? 0) + random.between(-0.09, 0.09);
      const stretchedX = (shakenX + shear * shakenY) * sizeX;
      const stretchedY = shakenY * sizeY;
      placed.push(centreX + cosine * stretchedX - sine * stretchedY, centreY + sine * stretchedX + cosine * stretchedY);
    }
    return placed;
  });
}

/** Lays a colour over the canvas where the mask covers it. */
function blend(canvas: Float64Array, mask: Float64Array, colour: Colour, opacity: number): void {
  for (let pixel = 0; pixel < mask.length; pixel++) {
    const share = (mask[pixel] ?? 0) * opacity;
    if (share === 0) continue;
    for (let channel = 0; channel < 3; channel++) {
      const at = pixel * 3 + channel;
      const value = canvas[at] ?? 0;
      canvas[at] = value + share * ((colour[channel] ?? 0) - value);
    }
  }
}

/**
 * Adds noise and rounds to bytes. The noise of a component is the sum of the four bytes of one random word, which is close to normal,
 * brought to the standard deviation `spread`, in levels.
 */
function develop(random: CounterRandom, canvas: Float64Array, spread: number): Uint8Array {
  // A byte's variance is (256² − 1)/12; four of them have a standard deviation of 147.8.
  const scale = spread / 147.8;
  const pixels = new Uint8Array(glyphImageSize * glyphImageSize * 3);
  for (let at = 0; at < pixels.length; at++) {
    const word = random.uint32();
    const sum = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
    const value = Math.floor((canvas[at] ?? 0) + (sum - 510) * scale + 0.5);
    pixels[at] = Math.min(255, Math.max(0, value));
  }
  return pixels;
}
