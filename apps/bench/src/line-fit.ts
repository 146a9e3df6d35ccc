/** A straight line through points. */
export interface LineFit {
  readonly slope: number;
  readonly intercept: number;
  /** Share of the variance that the line explains, up to 1. */
  readonly r2: number;
}

/** The line with the least squared distance to points, in y; nothing where all have one x. */
export function fitLine(points: readonly { readonly x: number; readonly y: number }[]): LineFit | undefined {
  const count = points.length;
  const mean = (of: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / count;
  const [mx, my] = [mean(({ x }) => x), mean(({ y }) => y)];
  const [sxx, sxy, syy] = [
    mean(({ x }) => (x - mx) ** 2),
    mean(({ x, y }) => (x - mx) * (y - my)),
    mean(({ y }) => (y - my) ** 2),
  ];
  if (!(sxx > 0)) return undefined;
  const slope = sxy / sxx;
  return { slope, intercept: my - slope * mx, r2: syy === 0 ? 1 : sxy ** 2 / (sxx * syy) };
}
