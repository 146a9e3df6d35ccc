/** The classes of {@link scenes}; a label is an index into this list. */
export const sceneClassNames = ['disc', 'square', 'triangle', 'plus', 'ring'] as const;

export type SceneClassName = (typeof sceneClassNames)[number];

/** Whether a point of the shape's own square −1…1, y downwards, lies in it. */
const shapes: Readonly<Record<SceneClassName, (x: number, y: number) => boolean>> = {
  disc: (x, y) => x * x + y * y <= 1,
  square: (x, y) => x >= -0.85 && x <= 0.85 && y >= -0.85 && y <= 0.85,
  triangle: (x, y) => y <= 0.85 && y >= -0.95 && 2 * x <= y + 0.95 && -2 * x <= y + 0.95,
  plus: (x, y) => (x * x <= 0.1024 && y * y <= 1) || (y * y <= 0.1024 && x * x <= 1),
  ring: (x, y) => x * x + y * y <= 1 && x * x + y * y >= 0.3025,
};

/** A shape in an image: its centre and half its size in pixels, the cosine and sine it is turned by, and how it is stretched. */
export interface PlacedShape {
  readonly label: number;
  readonly x: number;
  readonly y: number;
  readonly radiusX: number;
  readonly radiusY: number;
  readonly cosine: number;
  readonly sine: number;
}

/** Points that a pixel is probed at, along each axis. */
const probes = 3;

/**
 * How much of each pixel a shape covers.
 *
 * @returns coverage 0…1 in ninths, `[size · size]`, row by row.
 */
export function coverage({ label, x, y, radiusX, radiusY, cosine, sine }: PlacedShape, size: number): Float64Array {
  const covered = new Float64Array(size * size);
  const inside = shapes[sceneClassNames[label] ?? 'disc'];
  const reach = Math.max(radiusX, radiusY) * 1.5 + 1;
  const from = (centre: number): number => Math.max(0, Math.floor(centre - reach));
  const to = (centre: number): number => Math.min(size, Math.ceil(centre + reach));
  for (let row = from(y); row < to(y); row += 1) {
    for (let column = from(x); column < to(x); column += 1) {
      let hits = 0;
      for (let probe = 0; probe < probes * probes; probe += 1) {
        const dx = column + ((probe % probes) + 0.5) / probes - x;
        const dy = row + (Math.floor(probe / probes) + 0.5) / probes - y;
        if (inside((cosine * dx + sine * dy) / radiusX, (cosine * dy - sine * dx) / radiusY)) hits += 1;
      }
      covered[row * size + column] = hits / (probes * probes);
    }
  }
  return covered;
}
