import type { CounterRandom } from './counter-random.js';
import { glyphImageSize } from './stroke-mask.js';

/** A colour, each component on the scale 0…255 but not yet rounded or clamped. */
export type Colour = readonly [red: number, green: number, blue: number];

/**
 * A pair of numbers on the unit circle, at an angle drawn from −2·atan(bound)…2·atan(bound); a bound of 1 gives a half
 * turn. By the rational parametrisation, as sines and cosines are not the same to the last bit in every engine.
 */
export function unitVector(random: CounterRandom, bound: number): readonly [cosine: number, sine: number] {
  const half = random.between(-bound, bound);
  const norm = 1 + half * half;
  return [(1 - half * half) / norm, (2 * half) / norm];
}

/**
 * A canvas to draw on: a gradient between two colours, clouds, and in some images stripes.
 *
 * @param mean the colour halfway along the gradient.
 * @returns values on the scale 0…255, `[32 · 32 · 3]`, HWC.
 */
export function paintBackground(random: CounterRandom, mean: Colour): Float64Array {
  const canvas = new Float64Array(glyphImageSize * glyphImageSize * 3);
  const gradient = paintGradient(random);
  const slope = [random.between(-40, 40), random.between(-40, 40), random.between(-40, 40)] as const;
  const clouds = paintClouds(random, random.between(2, 22));
  const stripes = random.chance(0.3) ? paintStripes(random, random.between(4, 20)) : undefined;
  for (let pixel = 0; pixel < glyphImageSize * glyphImageSize; pixel++) {
    const along = gradient[pixel] ?? 0;
    const texture = (clouds[pixel] ?? 0) + (stripes?.[pixel] ?? 0);
    canvas[pixel * 3] = mean[0] + slope[0] * along + texture;
    canvas[pixel * 3 + 1] = mean[1] + slope[1] * along + texture;
    canvas[pixel * 3 + 2] = mean[2] + slope[2] * along + texture;
  }
  return canvas;
}

/** A ramp from about −1 to 1 across the image, in a random direction. */
function paintGradient(random: CounterRandom): Float64Array {
  const [directionX, directionY] = unitVector(random, 1);
  return new Float64Array(glyphImageSize * glyphImageSize).map((_, pixel) => {
    const x = (pixel % glyphImageSize) - 15.5;
    const y = Math.floor(pixel / glyphImageSize) - 15.5;
    return (x * directionX + y * directionY) / 16;
  });
}

/** Value noise: random heights on a 5 × 5 lattice, 8 pixels apart, smoothly joined. */
function paintClouds(random: CounterRandom, amplitude: number): Float64Array {
  const side = 5;
  const cell = 8;
  const heights = new Float64Array(side * side).map(() => random.between(-amplitude, amplitude));
  return new Float64Array(glyphImageSize * glyphImageSize).map((_, pixel) => {
    const x = pixel % glyphImageSize;
    const y = Math.floor(pixel / glyphImageSize);
    const column = Math.floor(x / cell);
    const row = Math.floor(y / cell);
    const right = smoothStep(((x % cell) + 0.5) / cell);
    const down = smoothStep(((y % cell) + 0.5) / cell);
    const corner = row * side + column;
    const above = (heights[corner] ?? 0) * (1 - right) + (heights[corner + 1] ?? 0) * right;
    const below = (heights[corner + side] ?? 0) * (1 - right) + (heights[corner + side + 1] ?? 0) * right;
    return above * (1 - down) + below * down;
  });
}

function smoothStep(position: number): number {
  return position * position * (3 - 2 * position);
}

/** Parallel stripes in a direction of their own: a triangle wave of a period of 4 to 9 pixels. */
function paintStripes(random: CounterRandom, amplitude: number): Float64Array {
  const [directionX, directionY] = unitVector(random, 1);
  const frequency = 1 / random.between(4, 9);
  const phase = random.unit();
  return new Float64Array(glyphImageSize * glyphImageSize).map((_, pixel) => {
    const x = pixel % glyphImageSize;
    const y = Math.floor(pixel / glyphImageSize);
    const turns = (x * directionX + y * directionY) * frequency + phase;
    const fraction = turns - Math.floor(turns);
    return amplitude * (fraction < 0.5 ? 4 * fraction - 1 : 3 - 4 * fraction);
  });
}
