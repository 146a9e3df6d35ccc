#include "channel-groups.h"

INLINE void copy_channels(const float *x, float *y, int count) {
#define COPY(c, vectors, left) \
  UNROLLED for (int v = 0; v < 4 * vectors; v += 4) store_left4(y + c + v, load_left4(x + c + v, left), left)
  FOR_CHANNEL_GROUPS(count, COPY);
#undef COPY
}

// y [rows, before + channels + after]: x [rows, channels] with zero channels on both sides.
KERNEL(f32_pad_channels_4)(const float *x, float *y, int rows, int channels, int before, int after) {
  const int width = before + channels + after;
  __builtin_memset(y, 0, (unsigned long)rows * (unsigned long)width * sizeof(float));
  for (int r = 0; r < rows; r++) copy_channels(x + (long)r * channels, y + (long)r * width + before, channels);
}

// y [rows, count]: channels of x [rows, channels] from `first` on.
KERNEL(f32_slice_channels_4)(const float *x, float *y, int rows, int channels, int first, int count) {
  for (int r = 0; r < rows; r++) copy_channels(x + (long)r * channels + first, y + (long)r * count, count);
}
