import { describe, expect, it } from 'vitest';
import type { AnalogConvolutionShape } from './analog-convolution.js';
import { analogConvolutionShapeFields } from './analog-convolution.js';
import type { MaxPoolingShape } from './max-pooling.js';
import { maxPoolingShapeFields } from './max-pooling.js';
import { wholeSource } from './source-window.js';
import type { SpikeConvolutionShape } from './spike-convolution.js';
import { spikeConvolutionShapeFields } from './spike-convolution.js';

const sliding = { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], top: 0, left: 0, output: [2, 2] } as const;
const channels = { first: 0, count: 8 };
const spikes: SpikeConvolutionShape = {
  ...sliding,
  source: { rows: 2, columns: 2, pitch: 8, signed: false, levels: 1 },
  window: wholeSource,
  grid: [2, 2],
  channels,
  outputs: channels,
};
const numbers: AnalogConvolutionShape = {
  ...sliding,
  input: { rows: 2, columns: 2, pitch: 8 },
  channels,
  outputPitch: 8,
  outputs: channels,
};
const pooling: MaxPoolingShape = {
  source: { rows: 2, columns: 2, channels: 8, rowPitch: 16, pixelPitch: 8 },
  window: { size: [2, 2], stride: [1, 1], top: 1, left: 1 },
  output: [3, 3],
};

describe('the fields of a kernel’s structure', () => {
  it('are made of shapes that the kernels can take', () => {
    expect(spikeConvolutionShapeFields(spikes).blocks).toBe(1);
    expect(analogConvolutionShapeFields(numbers).paddedRows).toBe(2);
    expect(maxPoolingShapeFields(pooling).outputRows).toBe(3);
  });

  it('refuse what 32 bits would cut off', () => {
    const dilated = { dilation: [2 ** 31, 1] } as const;
    expect(() => spikeConvolutionShapeFields({ ...spikes, ...dilated })).toThrow(/its dilationY is 2147483648/);
    expect(() => analogConvolutionShapeFields({ ...numbers, ...dilated })).toThrow(/its dilationY is 2147483648/);
    expect(() => spikeConvolutionShapeFields({ ...spikes, stride: [1.5, 1] })).toThrow(/its strideY is 1.5/);
  });

  it('refuse channels beyond the pixel, read or written', () => {
    const beyond = { channels: { first: 2, count: 7 } };
    expect(() => spikeConvolutionShapeFields({ ...spikes, ...beyond })).toThrow(
      /channels 2 to 8 are read of pixels of 8/,
    );
    expect(() => analogConvolutionShapeFields({ ...numbers, ...beyond })).toThrow(/channels 2 to 8 are read/);
    const outputs = { first: 4, count: 4 };
    expect(() => spikeConvolutionShapeFields({ ...spikes, outputs })).toThrow(/first output is 4/);
    expect(() => analogConvolutionShapeFields({ ...numbers, outputs: { first: 0, count: 9 } })).toThrow(/fill 16, but/);
  });

  it('refuse a max pooling with a window beside the image', () => {
    const { window } = pooling;
    expect(() => maxPoolingShapeFields({ ...pooling, window: { ...window, top: 2 } })).toThrow(
      /do not all reach into 2/,
    );
    expect(() => maxPoolingShapeFields({ ...pooling, output: [3, 4] })).toThrow(/do not all reach into 2/);
  });
});
