/** Height, then width. */
export type Extent = readonly [height: number, width: number];

/**
 * Each pixel of the grid that a convolution slides over holds the spikes of a window of the source: all of them, for a sum pooling, or those of one
 * pixel.
 */
export interface SourceWindow {
  readonly size: Extent;
  readonly stride: Extent;
  readonly top: number;
  readonly left: number;
}

/** The window for a grid that is the source itself. */
export const wholeSource: SourceWindow = { size: [1, 1], stride: [1, 1], top: 0, left: 0 };

/** A source, the windows through which it is viewed, and their number. */
export interface SourceView {
  readonly source: { readonly rows: number; readonly columns: number };
  readonly window: SourceWindow;
  readonly grid: Extent;
}

/**
 * Whether every pixel of the grid is a pixel of the source: no sums, and none in the padding. Only then can a kernel read the source's pixels
 * directly.
 */
export function selectsPixels({ source, window, grid }: SourceView): boolean {
  const { size, stride, top, left } = window;
  return (
    size[0] === 1 &&
    size[1] === 1 &&
    top === 0 &&
    left === 0 &&
    (grid[0] - 1) * stride[0] < source.rows &&
    (grid[1] - 1) * stride[1] < source.columns
  );
}

/** Whether the grid equals the source. */
export function seesWholeSource(view: SourceView): boolean {
  const { source, window, grid } = view;
  return (
    selectsPixels(view) &&
    window.stride[0] === 1 &&
    window.stride[1] === 1 &&
    grid[0] === source.rows &&
    grid[1] === source.columns
  );
}

/** Rows (axis 0) or columns (axis 1) of the source inside the window of a row or column of the grid: [from, until), possibly empty. */
export function windowInside(
  { source, window }: Pick<SourceView, 'source' | 'window'>,
  axis: 0 | 1,
  place: number,
): readonly [from: number, until: number] {
  const start = place * window.stride[axis] - (axis === 0 ? window.top : window.left);
  const from = Math.max(start, 0);
  return [from, Math.max(Math.min(start + window.size[axis], axis === 0 ? source.rows : source.columns), from)];
}

/** The fields for a window in kernels' structures. */
export function sourceWindowFields({ size, stride, top, left }: SourceWindow) {
  return {
    windowHeight: size[0],
    windowWidth: size[1],
    windowStrideY: stride[0],
    windowStrideX: stride[1],
    windowTop: top,
    windowLeft: left,
  } as const;
}
