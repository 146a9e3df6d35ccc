import type { HeadSpec } from '@rheobase/models';
import type { Shape } from '@rheobase/network';
import type { DetectionHead } from './detection-head.js';

/** Outputs of a network by name, in order: shapes without the batch axis, images as `[H, W, C]`. */
export type OutputShapes = ReadonlyMap<string, Shape>;

/** A head of networks that others trained: it knows itself by the outputs that they give. */
export interface ImportedHead extends DetectionHead {
  /** The outputs that it reads, in words, for messages. */
  readonly outputs: string;
  /** What these outputs mean; nothing if they are not the head's. */
  specOf(outputs: OutputShapes, input: Shape): HeadSpec | undefined;
}
