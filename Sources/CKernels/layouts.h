// Extents that packing and kernels have to agree on.
#ifndef HOLDFAST_LAYOUTS_H
#define HOLDFAST_LAYOUTS_H

#include "CConvolution.h"

// A gradient that pooling and ReLU let through, and where its filter row begins.
typedef struct {
  float value;
  int32_t offset;
} sparse_entry;

static inline size_t blocks(size_t channels, size_t lanes) { return (channels + lanes - 1) / lanes; }

// The rows of a padded plane: the last tile of a row or column may reach beyond the image.
static inline size_t padded_rows(const ckernels_convolution *c) {
  size_t reached = (c->conv_height + 1) * c->stride + c->kernel + 8;
  size_t needed = c->height + 2 * c->padding;
  return reached > needed ? reached : needed;
}

// The floats from one row of a padded plane to the next.
static inline size_t padded_pitch(const ckernels_convolution *c) {
  size_t reached = (c->conv_width + 16) * c->stride + c->kernel + 8;
  size_t needed = c->width + 2 * c->padding + 8;
  return ((reached > needed ? reached : needed) + 15) / 16 * 16;
}

// The rows of the input that one pooled gradient can touch, and the floats of its shifted filter.
static inline size_t patch_rows(const ckernels_convolution *c) { return c->kernel + (c->pool - 1) * c->stride; }
static inline size_t patch_floats(const ckernels_convolution *c) { return (patch_rows(c) + 1) / 2 * 16; }

// The plane that sparse_backward adds up in: (rows, columns, in padded).
static inline size_t sparse_columns(const ckernels_convolution *c) {
  size_t reached = (c->conv_width - 1) * c->stride + c->kernel;
  size_t needed = c->width + 2 * c->padding;
  return reached > needed ? reached : needed;
}
static inline size_t sparse_rows(const ckernels_convolution *c) {
  size_t reached = (c->conv_height - 1) * c->stride + c->kernel;
  size_t needed = c->height + 2 * c->padding;
  return reached > needed ? reached : needed;
}
static inline size_t sparse_plane_floats(const ckernels_convolution *c, size_t lanes) {
  return sparse_rows(c) * sparse_columns(c) * blocks(c->in_channels, lanes) * lanes;
}

// Sixteen samples side by side: the filter rows (or columns) that reach a padded pixel whose place is phase modulo
// the stride, the zeros before a row of gradients, and the floats from one channel's row to the next.
typedef struct {
  size_t row[8];
} across_row_slots;
static inline size_t across_taps(const ckernels_convolution *c, size_t phase) {
  return (c->kernel - phase + c->stride - 1) / c->stride;
}
static inline size_t across_border(const ckernels_convolution *c) { return across_taps(c, 0); }
static inline size_t across_pitch(const ckernels_convolution *c) {
  // A window may reach 16 pixels beyond the last one that counts.
  size_t reached = (c->width + c->padding) / c->stride + 1;
  return (across_border(c) + (reached > c->out_width ? reached : c->out_width) + 16) * 16;
}
static inline size_t across_weights_at(const ckernels_convolution *c, size_t in, size_t row_phase, size_t column_phase) {
  size_t at = in * c->kernel * c->kernel;
  for (size_t p = 0; p < row_phase; p++) at += across_taps(c, p) * c->kernel;
  for (size_t p = 0; p < column_phase; p++) at += across_taps(c, row_phase) * across_taps(c, p);
  return at * c->out_channels;
}

#endif
