// Extents that the packing and the kernels of minimal filtering have to agree on.
#ifndef HOLDFAST_WINOGRAD_H
#define HOLDFAST_WINOGRAD_H

#include "layouts.h"

// The points along one axis, and in both.
#define POINTS 6
#define FREQUENCIES (POINTS * POINTS)
// Tiles that are multiplied together: their transforms stay in the second-level cache beside the weights, and
// every group of rows below divides them.
#define TILES 24

// Outputs along an edge of a tile.
static inline size_t tile_edge(const ckernels_convolution *c) { return POINTS + 1 - c->kernel; }
static inline size_t tile_rows(const ckernels_convolution *c) {
  return (c->conv_height + tile_edge(c) - 1) / tile_edge(c);
}
static inline size_t tile_columns(const ckernels_convolution *c) {
  return (c->conv_width + tile_edge(c) - 1) / tile_edge(c);
}

// The padded plane: wide enough for the last tile.
static inline size_t plane_rows(const ckernels_convolution *c) {
  size_t reached = tile_rows(c) * tile_edge(c) + c->kernel - 1, needed = c->height + 2 * c->padding;
  return reached > needed ? reached : needed;
}
static inline size_t plane_columns(const ckernels_convolution *c) {
  size_t reached = tile_columns(c) * tile_edge(c) + c->kernel - 1, needed = c->width + 2 * c->padding;
  return reached > needed ? reached : needed;
}
static inline size_t plane_floats(const ckernels_convolution *c, size_t lanes) {
  return blocks(c->in_channels, lanes) * plane_rows(c) * plane_columns(c) * lanes;
}

// From one frequency to the next. The odd line keeps the 36 streams of a tile out of each other's cache sets.
static inline size_t input_stride(const ckernels_convolution *c, size_t lanes) {
  return TILES * blocks(c->in_channels, lanes) * lanes + 16;
}
static inline size_t output_stride(const ckernels_convolution *c, size_t lanes) {
  return TILES * blocks(c->out_channels, lanes) * lanes + 16;
}

// The same for the kernel filter, which multiplies more tiles together where there are more weights: they come from
// further away than the transforms.
static inline size_t filter_tiles(const ckernels_convolution *c) {
  size_t weights = c->in_channels * c->out_channels;
  return weights <= 16384 ? 24 : weights <= 40000 ? 48 : 96;
}
static inline size_t filter_input_stride(const ckernels_convolution *c, size_t lanes) {
  return filter_tiles(c) * blocks(c->in_channels, lanes) * lanes + 16;
}
static inline size_t filter_output_stride(const ckernels_convolution *c, size_t lanes) {
  return filter_tiles(c) * blocks(c->out_channels, lanes) * lanes + 16;
}

// Registers of outputs that one pass over the weights computes: as many as the register file has room for.
static inline size_t widest_group(size_t lanes) { return lanes == 16 ? 4 : 2; }
static inline size_t group_at(size_t block, size_t block_count, size_t lanes) {
  size_t left = block_count - block, widest = widest_group(lanes);
  return left < widest ? left : widest;
}

#endif
