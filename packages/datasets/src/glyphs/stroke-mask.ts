import type { Polyline } from './shapes.js';

/** Height and width of every glyph image, in pixels. */
export const glyphImageSize = 32;

const pixelCount = glyphImageSize * glyphImageSize;

/**
 * How much of each pixel a pen covers that follows the polylines.
 *
 * Coverage is ½ + (r² − d²) / 2r, clamped to 0…1, with d the distance of the pixel's centre from the nearest stroke: the first-order
 * expansion of ½ + r − d about the pen's edge, which needs no square root.
 *
 * @param polylines in pixels; the centre of the first pixel is (0.5, 0.5).
 * @param radius half of the pen's width r, in pixels, > 0.
 * @returns coverage 0…1, `[32 · 32]`, row by row.
 */
export function strokeMask(polylines: readonly Polyline[], radius: number): Float64Array {
  const squaredDistance = new Float64Array(pixelCount).fill(Number.POSITIVE_INFINITY);
  for (const points of polylines) {
    let [fromX = 0, fromY = 0] = points;
    for (let next = 2; next + 1 < points.length; next += 2) {
      const toX = points[next] ?? 0;
      const toY = points[next + 1] ?? 0;
      lowerToSegment(squaredDistance, fromX, fromY, toX, toY, radius + 1);
      fromX = toX;
      fromY = toY;
    }
  }
  const radiusSquared = radius * radius;
  const scale = 1 / (2 * radius);
  return squaredDistance.map((distance) => Math.min(1, Math.max(0, 0.5 + (radiusSquared - distance) * scale)));
}

/** Lowers each pixel's squared distance to that from one segment, within `reach` of the segment's box. */
function lowerToSegment(
  squaredDistance: Float64Array,
  fromX: number,
  fromY: number,
  toX: number,
  toY: number,
  reach: number,
): void {
  const alongX = toX - fromX;
  const alongY = toY - fromY;
  const squaredLength = alongX * alongX + alongY * alongY;
  const inverse = squaredLength > 0 ? 1 / squaredLength : 0;
  const left = Math.max(0, Math.floor(Math.min(fromX, toX) - reach));
  const right = Math.min(glyphImageSize - 1, Math.floor(Math.max(fromX, toX) + reach));
  const top = Math.max(0, Math.floor(Math.min(fromY, toY) - reach));
  const bottom = Math.min(glyphImageSize - 1, Math.floor(Math.max(fromY, toY) + reach));
  for (let y = top; y <= bottom; y++) {
    const offsetY = y + 0.5 - fromY;
    for (let x = left; x <= right; x++) {
      const offsetX = x + 0.5 - fromX;
      const along = Math.min(1, Math.max(0, (offsetX * alongX + offsetY * alongY) * inverse));
      const awayX = offsetX - along * alongX;
      const awayY = offsetY - along * alongY;
      const distance = awayX * awayX + awayY * awayY;
      const pixel = y * glyphImageSize + x;
      if (distance < (squaredDistance[pixel] ?? 0)) squaredDistance[pixel] = distance;
    }
  }
}
