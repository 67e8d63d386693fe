// Buffer sizes and weights of minimal filtering; nothing here is hot.
#include <string.h>

#include "CWinograd.h"
#include "winograd.h"

int ckernels_winograd_fits(const ckernels_convolution *c) {
  return c->stride == 1 && (c->kernel == 3 || c->kernel == 5) && c->padding < c->kernel;
}

size_t ckernels_winograd_weights(const ckernels_convolution *c, size_t lanes) {
  return FREQUENCIES * c->in_channels * blocks(c->out_channels, lanes) * lanes;
}

size_t ckernels_winograd_scratch(const ckernels_convolution *c, size_t lanes) {
  return plane_floats(c, lanes) + FREQUENCIES * (input_stride(c, lanes) + output_stride(c, lanes));
}

ckernels_convolution ckernels_winograd_transposed(const ckernels_convolution *c) {
  ckernels_convolution t = *c;
  t.in_channels = c->out_channels;
  t.out_channels = c->in_channels;
  t.height = c->conv_height;
  t.width = c->conv_width;
  t.conv_height = t.out_height = c->height;
  t.conv_width = t.out_width = c->width;
  t.padding = c->kernel - 1 - c->padding;
  t.pool = 1;
  return t;
}

// A filter's values at the six points, scaled so that the inputs' transform has whole numbers.
static void filter_points(size_t kernel, const double *w, size_t step, double *at, size_t at_step) {
  static const double point[5] = {0, 1, -1, 2, -2};
  static const double scale[5] = {1.0 / 4, -1.0 / 6, -1.0 / 6, 1.0 / 24, 1.0 / 24};
  for (size_t p = 0; p < 5; p++) {
    double sum = 0;
    for (size_t k = kernel; k-- > 0;) sum = sum * point[p] + w[k * step];
    at[p * at_step] = scale[p] * sum;
  }
  at[5 * at_step] = w[(kernel - 1) * step];
}

// (36, group of blocks, in, group, lanes).
void ckernels_winograd_pack(const ckernels_convolution *c, size_t lanes, int transposed, const float *oihw,
                            float *packed) {
  size_t k = c->kernel, out_blocks = blocks(c->out_channels, lanes), widest = widest_group(lanes);
  size_t per_frequency = c->in_channels * out_blocks * lanes;
  memset(packed, 0, FREQUENCIES * per_frequency * sizeof(float));
  for (size_t o = 0; o < c->out_channels; o++) {
    size_t first = o / lanes / widest * widest, group = group_at(first, out_blocks, lanes);
    float *column = packed + first * c->in_channels * lanes + (o / lanes - first) * lanes + o % lanes;
    for (size_t i = 0; i < c->in_channels; i++) {
      double w[25], half[5 * POINTS], full[FREQUENCIES];
      for (size_t t = 0; t < k * k; t++)
        w[t] = transposed ? oihw[(i * c->out_channels + o) * k * k + k * k - 1 - t]
                          : oihw[(o * c->in_channels + i) * k * k + t];
      for (size_t y = 0; y < k; y++) filter_points(k, w + y * k, 1, half + y * POINTS, 1);
      for (size_t x = 0; x < POINTS; x++) filter_points(k, half + x, POINTS, full + x, POINTS);
      for (size_t f = 0; f < FREQUENCIES; f++)
        column[f * per_frequency + i * group * lanes] = (float)full[f];
    }
  }
}
