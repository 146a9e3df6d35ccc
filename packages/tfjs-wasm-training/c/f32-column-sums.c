#include "simd.h"

// y[c] = Σ_r x[r][c]; x is [rows, channels]. Four vectors of channels at a time; rows are added in order, so the sum
// does not depend on how many channels there are.
KERNEL(f32_column_sums_16)(const float *x, float *y, int rows, int channels) {
  int c = 0;
  for (; c + 16 <= channels; c += 16) {
    f32x4 s0 = zero4(), s1 = zero4(), s2 = zero4(), s3 = zero4();
    const float *p = x + c;
    for (int r = 0; r < rows; r++, p += channels) {
      s0 = add4(s0, load4(p));
      s1 = add4(s1, load4(p + 4));
      s2 = add4(s2, load4(p + 8));
      s3 = add4(s3, load4(p + 12));
    }
    store4(y + c, s0);
    store4(y + c + 4, s1);
    store4(y + c + 8, s2);
    store4(y + c + 12, s3);
  }
  for (; c + 4 <= channels; c += 4) {
    f32x4 s = zero4();
    const float *p = x + c;
    for (int r = 0; r < rows; r++, p += channels) s = add4(s, load4(p));
    store4(y + c, s);
  }
  if (c < channels) {
    const int left = channels - c;
    f32x4 s = zero4();
    const float *p = x + c;
    for (int r = 0; r < rows; r++, p += channels) s = add4(s, load_part4(p, left));
    store_part4(y + c, s, left);
  }
}
