#ifndef RHEOBASE_GATHER_H
#define RHEOBASE_GATHER_H

#include "simd.h"

// Copies rows × columns pixels of `channels` values, which start at row `row` and column `column` of an image of
// height × width pixels, into dense memory. What lies outside the image is 0.
static void gather(const float *image, int height, int width, int pixel_pitch, int row, int column, int rows,
                   int columns, int channels, float *to) {
  for (int r = 0; r < rows; r++) {
    const int y = row + r;
    const int inside = y >= 0 && y < height;
    for (int c = 0; c < columns; c++, to += channels) {
      const int x = column + c;
      int k = 0;
      if (inside && x >= 0 && x < width) {
        const float *from = image + (y * width + x) * pixel_pitch;
        for (; k + 4 <= channels; k += 4) store4(to + k, load4(from + k));
        for (; k < channels; k++) to[k] = from[k];
      } else {
        for (; k + 4 <= channels; k += 4) store4(to + k, zero4());
        for (; k < channels; k++) to[k] = 0.0f;
      }
    }
  }
}

#endif
