#include "convolution.h"
#include "gather.h"
#include "inner-product.h"

// Panels of a group's weights, [taps × channels, filters] inside [taps × channels, all filters].
static void pack_weights(const float *w, const float *bias, int depth, int filters, int pitch, float *to) {
  for (int n = 0; n < filters; n += 8) {
    const int results = min_int(8, filters - n);
    for (int j = 0; j < 8; j++) *to++ = bias != 0 && j < results ? bias[n + j] : 0.0f;
    for (int k = 0; k < depth; k++, to += 8) {
      const float *from = w + k * pitch + n;
      if (results == 8) {
        store4(to, load4(from));
        store4(to + 4, load4(from + 4));
      } else {
        for (int j = 0; j < 8; j++) to[j] = j < results ? from[j] : 0.0f;
      }
    }
  }
}

// y = clamp(conv(x, w) + bias). x is [N, H, W, C], w [kH, kW, C/groups, F], bias [F] or none, y [N, H′, W′, F].
// scratch: the packed weights of one group, then one gathered strip.
KERNEL(f32_conv2d_nhwc_8x8)(const struct convolution *s, const float *x, const float *w, const float *bias, float *y,
                            float *scratch, int clamped, float low, float high) {
  const int channels = s->channels / s->groups, filters = s->filters / s->groups;
  const int depth = s->kernel_height * s->kernel_width * channels;
  float *panels = scratch;
  float *strip = scratch + ((filters + 7) / 8) * panel_size(depth);
  const int columns = (s->output_width - 1) * s->stride_x + (s->kernel_width - 1) * s->dilation_x + 1;
  const int reach = (s->kernel_height - 1) * s->dilation_y + 1;
  const int direct = s->groups == 1 && s->top == 0 && s->left == 0 && columns <= s->width &&
                     (s->output_height - 1) * s->stride_y + reach <= s->height;
  const int pitch = (direct ? s->width : columns) * channels;
  const struct grid in = {0, 0, s->stride_y * pitch, s->stride_x * channels};
  // Without dilation the taps of a row are neighbours in memory, channels and all.
  const int merged = s->dilation_x == 1;
  const struct window window = {s->kernel_height, s->dilation_y * pitch, merged ? 1 : s->kernel_width,
                                s->dilation_x * channels, merged ? s->kernel_width * channels : channels};
  for (int g = 0; g < s->groups; g++) {
    pack_weights(w + g * filters, bias == 0 ? 0 : bias + g * filters, depth, filters, s->filters, panels);
    for (int i = 0; i < s->count; i++) {
      const float *image = x + i * s->height * s->width * s->channels + g * channels;
      for (int top = 0; top < s->output_height; top += s->strip_rows) {
        const int rows = min_int(s->strip_rows, s->output_height - top);
        const float *from = image + top * s->stride_y * pitch;
        if (!direct) {
          gather(image, s->height, s->width, s->channels, top * s->stride_y - s->top, -s->left,
                 (rows - 1) * s->stride_y + reach, columns, channels, strip);
          from = strip;
        }
        const struct grid out = {rows, s->output_width, s->output_width * s->filters, s->filters};
        product_strip(from, in, window, panels, filters,
                      y + (i * s->output_height + top) * out.row_pitch + g * filters, out,
                      (struct range){clamped, low, high});
      }
    }
  }
}
