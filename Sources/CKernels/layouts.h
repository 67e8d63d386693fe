// Extents that packing and kernels have to agree on.
#ifndef HOLDFAST_LAYOUTS_H
#define HOLDFAST_LAYOUTS_H

#include "CConvolution.h"

// Gradients that pooling and ReLU let through, and where their filters begin: entries starts[i] ..< starts[i + 1] for
// the i-th pair of cell and position in the pool.
typedef struct {
  float *values;
  int32_t *offsets, *starts;
} sparse_lists;

// x where keep is 1, 0 where it is 0; not left to the compiler, which may make a branch of it.
static inline float masked(float x, int keep) {
  union {
    float value;
    int32_t bits;
  } u = {x};
  u.bits &= -keep;
  return u.value;
}

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

// The plane that sparse_backward adds up in: (rows, columns, lanes).
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
  return sparse_rows(c) * sparse_columns(c) * lanes;
}
// A vector may be written behind the last entry.
static inline size_t sparse_entries(const ckernels_convolution *c, size_t lanes) {
  return c->out_height * c->out_width * blocks(c->out_channels, lanes) * lanes + 16;
}
static inline sparse_lists sparse_lists_in(float *memory, const ckernels_convolution *c, size_t lanes) {
  size_t entries = sparse_entries(c, lanes);
  return (sparse_lists){memory, (int32_t *)(memory + entries), (int32_t *)(memory + 2 * entries)};
}
// The filter rows whose window of sums stays in registers and whose weights stay in the first-level cache.
static inline size_t sparse_row_group(const ckernels_convolution *c, size_t lanes) {
  size_t reach = (c->pool - 1) * c->stride, columns = c->kernel + reach, registers = lanes == 16 ? 24 : 12;
  size_t rows = registers / columns > reach ? registers / columns - reach : 1;
  size_t row_bytes = c->out_channels * c->kernel * lanes * sizeof(float);
  if (rows > c->kernel) rows = c->kernel;
  while (rows > 1 && rows * row_bytes > 48 << 10) rows--;
  return rows;
}

// Sixteen samples side by side: the filter rows (or columns) that reach a padded pixel whose place is phase modulo
// the stride, the zeros before a row of gradients, and the floats from one channel's row to the next.
typedef struct {
  // Filter rows begin ..< end of count fall on rows of gradients that exist, which are in these slots of a ring.
  size_t count, begin, end, row[8];
} across_row_slots;
static inline size_t across_taps(const ckernels_convolution *c, size_t phase) {
  return (c->kernel - phase + c->stride - 1) / c->stride;
}
static inline across_row_slots across_slots(const ckernels_convolution *c, size_t q, size_t phase) {
  size_t ring = across_taps(c, 0);
  across_row_slots slots = {.count = across_taps(c, phase)};
  slots.begin = q >= c->out_height ? q - c->out_height + 1 : 0;
  slots.end = q + 1 < slots.count ? q + 1 : slots.count;
  for (size_t t = slots.begin; t < slots.end; t++) slots.row[t] = (q - t) % ring;
  return slots;
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

// The filter rows whose gradient stays in registers.
static inline size_t filter_row_group(const ckernels_convolution *c, size_t lanes) {
  size_t rows = (lanes == 16 ? 25 : 12) / c->kernel;
  return rows < c->kernel ? rows : c->kernel;
}

// A fully connected layer's gradient behind ReLU: registers of outputs that are summed up together, and the inputs
// whose weights stay in the first-level cache meanwhile.
#define GATED_RUN 32
static inline size_t gated_widest(size_t lanes) { return lanes == 16 ? 14 : 6; }
// A panel at a block: the widest, then 8, 4, 2, 1.
static inline size_t gated_panel(size_t block, size_t count, size_t lanes) {
  size_t left = count - block, widest = gated_widest(lanes), panel = 8;
  if (left >= widest) return widest;
  while (panel > left || panel > widest) panel /= 2;
  return panel;
}

#endif
