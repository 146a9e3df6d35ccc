import type { TensorInfo } from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';

/** How many values a tensor has. */
export const sizeOf = ({ shape }: TensorInfo): number => util.sizeFromShape(shape);

/** A tensor `[…, C]` as rows of channels. */
export function rowsAndChannels(tensor: TensorInfo): { readonly rows: number; readonly channels: number } {
  const channels = tensor.shape.at(-1) ?? 1;
  return { rows: channels === 0 ? 0 : sizeOf(tensor) / channels, channels };
}

/** The four sizes of images `[N, H, W, C]`. */
export function imageSizes({ shape }: TensorInfo, kernelName: string): readonly [number, number, number, number] {
  const [images, height, width, channels] = shape;
  if (images === undefined || height === undefined || width === undefined || channels === undefined) {
    throw new Error(`${kernelName} takes images [N, H, W, C], but was given [${shape.join(', ')}].`);
  }
  return [images, height, width, channels];
}
