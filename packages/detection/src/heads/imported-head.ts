import type { HeadSpec } from '@rheobase/models';
import { type Shape, sizeOf } from '@rheobase/network';
import type { DetectionHead } from './detection-head.js';

/** Outputs of a network by name, in order: shapes without the batch axis, images as `[H, W, C]`. */
export type OutputShapes = ReadonlyMap<string, Shape>;

/** Rows and columns of an output: its last axis is the columns, and an image is its pixels row by row. */
export function rowsOf(shape: Shape | undefined): readonly [rows: number, columns: number] | undefined {
  const columns = shape?.at(-1);
  return shape === undefined || columns === undefined || shape.length < 2
    ? undefined
    : [sizeOf(shape.slice(0, -1)), columns];
}

/** A head of networks that others trained: it knows itself by the outputs that they give. */
export interface ImportedHead extends DetectionHead {
  /** The outputs that it reads, in words, for messages. */
  readonly outputs: string;
  /** Of its classes, where it always has the same. */
  readonly classNames?: readonly string[];
  /** What these outputs mean; nothing if they are not the head's. */
  specOf(outputs: OutputShapes, input: Shape): HeadSpec | undefined;
}
