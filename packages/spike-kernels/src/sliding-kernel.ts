import { type ChannelRange, paddedChannels } from './layout.js';
import type { Extent } from './source-window.js';

/** A kernel that slides over an image or a grid: what convolutions of numbers and of spikes have in common. */
export interface SlidingKernel {
  /** Channels that are read. */
  readonly channels: ChannelRange;
  readonly kernel: Extent;
  readonly stride: Extent;
  readonly dilation: Extent;
  /** Rows and columns of zeros above and to the left; those below and to the right follow from the output's size. */
  readonly top: number;
  readonly left: number;
  readonly output: Extent;
  /** Channels that are written; the first is a multiple of 8, and the last block of 8 is written in full. */
  readonly outputs: ChannelRange;
}

/** Its fields in kernels' structures. */
export function slidingKernelFields({ channels, kernel, stride, dilation, top, left, output, outputs }: SlidingKernel) {
  return {
    firstChannel: channels.first,
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
    strideY: stride[0],
    strideX: stride[1],
    dilationY: dilation[0],
    dilationX: dilation[1],
    top,
    left,
    outputRows: output[0],
    outputColumns: output[1],
    firstOutput: outputs.first,
    outputs: paddedChannels(outputs.count),
  } as const;
}
