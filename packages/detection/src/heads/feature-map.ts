/** One output map of a detector for one image. */
export interface FeatureMap {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** HWC. */
  readonly data: Float32Array;
}

/** Height, width and channels of a map. */
export type MapShape = readonly [height: number, width: number, channels: number];

/** A map of zeros. */
export function emptyMap([height, width, channels]: MapShape): FeatureMap {
  return { height, width, channels, data: new Float32Array(height * width * channels) };
}

/** Position of the first channel of a cell in a map's data. */
export function cellStart({ width, channels }: FeatureMap, row: number, column: number): number {
  return (row * width + column) * channels;
}
