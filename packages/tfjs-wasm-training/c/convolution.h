// A convolution's shape, as every kernel for convolutions takes it.
#ifndef RHEOBASE_CONVOLUTION_H
#define RHEOBASE_CONVOLUTION_H

// Written by src/convolution/plan.ts in this order. `channels` and `filters` count all groups together.
struct convolution {
  int count, height, width, channels;
  int output_height, output_width, filters;
  int kernel_height, kernel_width;
  int stride_y, stride_x, dilation_y, dilation_x;
  int top, left;
  int groups;
  // Of how many images, and of how many rows of each result, the input is gathered at a time.
  int strip_images, strip_rows;
};

#endif
