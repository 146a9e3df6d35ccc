#include "convolution.h"
#include "outer-product.h"

// The first `left` of eight values; the others 0.
INLINE void copy_part8(const float *from, int left, float *to) {
  store4(to, left >= 4 ? load4(from) : load_part4(from, left));
  store4(to + 4, left > 4 ? (left >= 8 ? load4(from + 4) : load_part4(from + 4, left - 4)) : zero4());
}

// Rows × columns pixels of an image, from (row, column) on, by blocks of eight channels: [C/8, rows, columns, 8], the
// blocks `block_pitch` apart. What lies outside the image, or behind the last channel, is 0.
static void gather_blocks8(const float *image, int height, int width, int pixel_pitch, int row, int column, int rows,
                           int columns, int channels, float *to, int block_pitch) {
  for (int c = 0; c < channels; c += 8, to += block_pitch) {
    const int left = channels - c;
    float *out = to;
    for (int r = 0; r < rows; r++) {
      const int y = row + r;
      const int inside = y >= 0 && y < height;
      for (int k = 0; k < columns; k++, out += 8) {
        const int x = column + k;
        if (inside && x >= 0 && x < width) {
          copy_part8(image + (y * width + x) * pixel_pitch + c, left, out);
        } else {
          store4(out, zero4());
          store4(out + 4, zero4());
        }
      }
    }
  }
}

// dw of y = conv(x, w). x is [N, H, W, C], dy [N, H′, W′, F], dw [kH, kW, C/groups, F]. Sums run over a strip in
// registers, then over strips, always in the same order. scratch: the sums of one group, then strips of x and of dy.
KERNEL(f32_conv2d_filter_gradient_nhwc_8x8)(const struct convolution *s, const float *x, const float *dy, float *dw,
                                            float *scratch) {
  const int channels = s->channels / s->groups, filters = s->filters / s->groups;
  const int blocks = (channels + 7) / 8, panels = (filters + 7) / 8;
  const int taps = s->kernel_height * s->kernel_width;
  const int sums_size = panels * blocks * taps * 64;
  const int columns = (s->output_width - 1) * s->stride_x + (s->kernel_width - 1) * s->dilation_x + 1;
  const int reach = (s->kernel_height - 1) * s->dilation_y + 1;
  const int strip_rows_in = (s->strip_rows - 1) * s->stride_y + reach;
  const int strip_pixels = s->strip_images * s->strip_rows * s->output_width;
  const int x_block = s->strip_images * strip_rows_in * columns * 8;
  float *sums = scratch;
  float *x_strip = sums + sums_size;
  float *dy_strip = x_strip + blocks * x_block;
  for (int g = 0; g < s->groups; g++) {
    for (int k = 0; k < sums_size; k += 4) store4(sums + k, zero4());
    for (int first = 0; first < s->count; first += s->strip_images) {
      const int images = min_int(s->strip_images, s->count - first);
      for (int top = 0; top < s->output_height; top += s->strip_rows) {
        const int rows = min_int(s->strip_rows, s->output_height - top);
        const int rows_in = (rows - 1) * s->stride_y + reach;
        const int x_image = rows_in * columns * 8;
        for (int i = 0; i < images; i++) {
          gather_blocks8(x + (first + i) * s->height * s->width * s->channels + g * channels, s->height, s->width,
                         s->channels, top * s->stride_y - s->top, -s->left, rows_in, columns, channels,
                         x_strip + i * x_image, x_block);
          gather_blocks8(dy + (first + i) * s->output_height * s->output_width * s->filters + g * filters,
                         s->output_height, s->output_width, s->filters, top, 0, rows, s->output_width, filters,
                         dy_strip + i * rows * s->output_width * 8, strip_pixels * 8);
        }
        float *to = sums;
        for (int n = 0; n < panels; n++) {
          for (int c = 0; c < blocks; c++) {
            for (int ky = 0; ky < s->kernel_height; ky++) {
              for (int kx = 0; kx < s->kernel_width; kx++, to += 64) {
                const int tap = (ky * s->dilation_y * columns + kx * s->dilation_x) * 8;
                outer_tile_8x8(x_strip + c * x_block + tap, x_image, s->stride_y * columns * 8, s->stride_x * 8,
                               dy_strip + n * strip_pixels * 8, images, rows, s->output_width, to);
              }
            }
          }
        }
      }
    }
    const float *from = sums;
    for (int n = 0; n < panels; n++)
      for (int c = 0; c < blocks; c++)
        for (int tap = 0; tap < taps; tap++, from += 64)
          for (int i = 0; i < min_int(8, channels - 8 * c); i++)
            for (int j = 0; j < min_int(8, filters - 8 * n); j++)
              dw[(tap * channels + 8 * c + i) * s->filters + g * filters + 8 * n + j] = from[8 * i + j];
  }
}
