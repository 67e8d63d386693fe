// Buffer sizes of minimal filtering; nothing here is hot.
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

size_t ckernels_filter_scratch(const ckernels_convolution *c, size_t lanes) {
  return FREQUENCIES * (filter_input_stride(c, lanes) + filter_output_stride(c, lanes));
}
