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

#endif
