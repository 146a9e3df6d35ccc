import { type Box, boxArea, intersection, type LabelledBox } from '../boxes/box.js';
import { type CounterRandom, counterRandom } from '../glyphs/counter-random.js';
import { coverage, type PlacedShape, sceneClassNames } from './scene-shape.js';

/** Height and width of every scene, in pixels. */
export const sceneSize = 96;

/** The parts of the set. Their images come from different random streams. */
export type SceneSplit = 'train' | 'test';

const splitWord: Readonly<Record<SceneSplit, number>> = { train: 1, test: 2 };
// The first word of every key: what the numbers are drawn for.
const shapeStream = 0x7368_6170;
const groundStream = 0x6772_6f75;

/** Most shapes of a scene. */
const most = 5;

type Colour = readonly [red: number, green: number, blue: number];

/** Where one scene stands: image `index` of a split of the set drawn with `seed`. */
export interface SceneAddress {
  /** 0…2³² − 1. */
  readonly seed: number;
  readonly split: SceneSplit;
  /** 0…2³² − 1. */
  readonly index: number;
}

/** A shape of a scene and the pixels it covers. */
interface SceneObject {
  readonly object: LabelledBox;
  /** `[96 · 96]`, 0…1. */
  readonly covered: Float64Array;
}

/** The shapes of a scene; those that cover others come after them. */
function placeObjects({ seed, split, index }: SceneAddress): readonly SceneObject[] {
  const random = counterRandom([shapeStream, seed, splitWord[split], index]);
  const placed: SceneObject[] = [];
  for (let wanted = 1 + random.below(most), attempts = 0; wanted > 0 && attempts < 40; attempts += 1) {
    const shape = placeShape(random);
    const covered = coverage(shape, sceneSize);
    const box = extent(covered);
    const isFree = placed.every(({ object }) => {
      const shared = boxArea(intersection(box, object.box));
      return shared <= 0.25 * Math.min(boxArea(box), boxArea(object.box));
    });
    if (!isFree || boxArea(box) < 36) continue;
    const truncated = box.left === 0 || box.top === 0 || box.right === sceneSize || box.bottom === sceneSize;
    placed.push({
      object: { box, label: shape.label, difficult: false, truncated, crowd: false, area: boxArea(box) },
      covered,
    });
    wanted -= 1;
  }
  return placed;
}

/** What is in a scene. A box is the extent of all pixels that its shape covers, whether another shape hides them or not. */
export function sceneObjects(address: SceneAddress): readonly LabelledBox[] {
  return placeObjects(address).map(({ object }) => object);
}

/**
 * Draws one scene: a gradient with clouds and stripes, scraps that are nothing, one to five shapes that overlap a little, and noise.
 *
 * @returns pixels 0…255, HWC, `[96 · 96 · 3]`.
 */
export function drawScene(address: SceneAddress): Uint8Array {
  const random = counterRandom([groundStream, address.seed, splitWord[address.split], address.index]);
  const mean: Colour = [random.between(60, 170), random.between(60, 170), random.between(60, 170)];
  const canvas = paintGround(random, mean);
  for (let scraps = random.below(4); scraps > 0; scraps -= 1) paintScrap(random, canvas, mean);
  for (const { covered } of placeObjects(address)) {
    blend(canvas, covered, inkFor(random, mean), random.between(0.7, 1));
  }
  return develop(random, canvas, random.between(4, 18));
}

function placeShape(random: CounterRandom): PlacedShape {
  const radius = random.between(6, 20);
  const half = random.between(-0.3, 0.3);
  const norm = 1 + half * half;
  return {
    label: random.below(sceneClassNames.length),
    x: random.between(9, sceneSize - 9),
    y: random.between(9, sceneSize - 9),
    radiusX: radius * random.between(0.75, 1.3),
    radiusY: radius * random.between(0.75, 1.3),
    cosine: (1 - half * half) / norm,
    sine: (2 * half) / norm,
  };
}

/** The box around all pixels that are covered at all. */
function extent(covered: Float64Array): Box {
  let [left, top, right, bottom] = [sceneSize, sceneSize, 0, 0];
  covered.forEach((share, pixel) => {
    if (share === 0) return;
    const [x, y] = [pixel % sceneSize, Math.floor(pixel / sceneSize)];
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y + 1);
  });
  return { left, top, right, bottom };
}

function paintGround(random: CounterRandom, mean: Colour): Float64Array {
  const canvas = new Float64Array(sceneSize * sceneSize * 3);
  const slope: Colour = [random.between(-35, 35), random.between(-35, 35), random.between(-35, 35)];
  const [downwards, across] = [random.between(-1, 1), random.between(-1, 1)];
  const side = 9;
  const cell = sceneSize / (side - 1);
  const heights = Array.from({ length: side * side }, () => random.between(-24, 24));
  const stripes = random.chance(0.4) ? random.between(4, 22) : 0;
  const [turnX, turnY] = [random.between(-0.2, 0.2), random.between(-0.2, 0.2)];
  for (let y = 0; y < sceneSize; y += 1) {
    for (let x = 0; x < sceneSize; x += 1) {
      const along = ((x / sceneSize) * 2 - 1) * across + ((y / sceneSize) * 2 - 1) * downwards;
      const corner = Math.floor(y / cell) * side + Math.floor(x / cell);
      const [right, down] = [smooth((x % cell) / cell), smooth((y % cell) / cell)];
      const above = (heights[corner] ?? 0) * (1 - right) + (heights[corner + 1] ?? 0) * right;
      const below = (heights[corner + side] ?? 0) * (1 - right) + (heights[corner + side + 1] ?? 0) * right;
      const turns = x * turnX + y * turnY;
      const fraction = turns - Math.floor(turns);
      const wave = stripes * (fraction < 0.5 ? 4 * fraction - 1 : 3 - 4 * fraction);
      for (let channel = 0; channel < 3; channel += 1) {
        canvas[(y * sceneSize + x) * 3 + channel] =
          (mean[channel] ?? 0) + (slope[channel] ?? 0) * along + above * (1 - down) + below * down + wave;
      }
    }
  }
  return canvas;
}

function smooth(position: number): number {
  return position * position * (3 - 2 * position);
}

/** A thin bar of some colour: it is in no class. */
function paintScrap(random: CounterRandom, canvas: Float64Array, mean: Colour): void {
  const square = sceneClassNames.indexOf('square');
  const bar: PlacedShape = {
    ...placeShape(random),
    label: square,
    radiusX: random.between(8, 24),
    radiusY: random.between(0.8, 2.2),
  };
  blend(canvas, coverage(bar, sceneSize), inkFor(random, mean), random.between(0.4, 0.9));
}

/** A colour that stands off from the ground, at times by very little. */
function inkFor(random: CounterRandom, mean: Colour): Colour {
  const strength = random.chance(0.15) ? random.between(16, 36) : random.between(40, 110);
  const shift = random.chance(0.5) ? strength : -strength;
  return [
    mean[0] + shift + random.between(-30, 30),
    mean[1] + shift + random.between(-30, 30),
    mean[2] + shift + random.between(-30, 30),
  ];
}

function blend(canvas: Float64Array, covered: Float64Array, colour: Colour, opacity: number): void {
  covered.forEach((share, pixel) => {
    if (share === 0) return;
    for (let channel = 0; channel < 3; channel += 1) {
      const at = pixel * 3 + channel;
      const value = canvas[at] ?? 0;
      canvas[at] = value + share * opacity * ((colour[channel] ?? 0) - value);
    }
  });
}

/** Adds noise of the standard deviation `spread`, in levels, and rounds to bytes. */
function develop(random: CounterRandom, canvas: Float64Array, spread: number): Uint8Array {
  // The sum of four random bytes has a standard deviation of 147.8.
  const scale = spread / 147.8;
  return Uint8Array.from(canvas, (value) => {
    const word = random.uint32();
    const sum = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
    return Math.min(255, Math.max(0, Math.floor(value + (sum - 510) * scale + 0.5)));
  });
}
