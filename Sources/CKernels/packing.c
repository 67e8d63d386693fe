// Buffer sizes and weight layouts of the convolutions; nothing here is hot.
#include <string.h>

#include "CConvolution.h"
#include "layouts.h"

size_t ckernels_first_padded_floats(const ckernels_convolution *c) {
  return c->in_channels * padded_rows(c) * padded_pitch(c);
}

size_t ckernels_first_forward_weights(const ckernels_convolution *c, size_t lanes) {
  return c->in_channels * c->kernel * c->kernel * blocks(c->out_channels, lanes) * lanes;
}

size_t ckernels_first_backward_weights(const ckernels_convolution *c, size_t lanes) {
  return c->in_channels * blocks(c->out_channels, lanes) * lanes * c->pool * c->pool * patch_floats(c);
}

size_t ckernels_first_backward_scratch(const ckernels_convolution *c) {
  return ckernels_first_padded_floats(c);
}

size_t ckernels_sparse_weights(const ckernels_convolution *c, size_t lanes) {
  size_t group = sparse_row_group(c, lanes), groups = (c->kernel + group - 1) / group;
  return blocks(c->in_channels, lanes) * groups * c->out_channels * group * c->kernel * lanes;
}

size_t ckernels_sparse_scratch_bytes(const ckernels_convolution *c, size_t lanes) {
  size_t starts = c->out_height * c->out_width * c->pool * c->pool + 1;
  return (sparse_plane_floats(c, lanes) + 2 * sparse_entries(c, lanes) + starts) * sizeof(float);
}

int ckernels_first_backward_fits(const ckernels_convolution *c) { return patch_rows(c) <= 8; }

void ckernels_first_pack_forward(const ckernels_convolution *c, size_t lanes, const float *oihw,
                                 float *packed) {
  size_t k = c->kernel, width = blocks(c->out_channels, lanes) * lanes;
  memset(packed, 0, ckernels_first_forward_weights(c, lanes) * sizeof(float));
  for (size_t o = 0; o < c->out_channels; o++)
    for (size_t i = 0; i < c->in_channels; i++)
      for (size_t t = 0; t < k * k; t++)
        packed[(i * k * k + t) * width + o] = oihw[(o * c->in_channels + i) * k * k + t];
}

// (in, out, position in the pool, rows, 8): the filter shifted to where the pool's winner stood.
void ckernels_first_pack_backward(const ckernels_convolution *c, size_t lanes, const float *oihw,
                                  float *packed) {
  size_t k = c->kernel, width = blocks(c->out_channels, lanes) * lanes, positions = c->pool * c->pool;
  size_t patch = patch_floats(c);
  memset(packed, 0, ckernels_first_backward_weights(c, lanes) * sizeof(float));
  for (size_t i = 0; i < c->in_channels; i++)
    for (size_t o = 0; o < c->out_channels; o++)
      for (size_t p = 0; p < positions; p++) {
        float *to = packed + ((i * width + o) * positions + p) * patch;
        size_t row = p / c->pool * c->stride, column = p % c->pool * c->stride;
        for (size_t y = 0; y < k; y++)
          for (size_t x = 0; x < k; x++)
            to[(row + y) * 8 + column + x] = oihw[((o * c->in_channels + i) * k + y) * k + x];
      }
}

// (block of in, group of rows, out, row in group, column, lanes): one gradient times a group of rows of its filter is
// a run of memory.
void ckernels_sparse_pack(const ckernels_convolution *c, size_t lanes, const float *oihw, float *packed) {
  size_t k = c->kernel, group = sparse_row_group(c, lanes), groups = (k + group - 1) / group;
  memset(packed, 0, ckernels_sparse_weights(c, lanes) * sizeof(float));
  for (size_t i = 0; i < c->in_channels; i++)
    for (size_t o = 0; o < c->out_channels; o++)
      for (size_t y = 0; y < k; y++)
        for (size_t x = 0; x < k; x++) {
          size_t panel = (i / lanes * groups + y / group) * c->out_channels + o;
          packed[((panel * group + y % group) * k + x) * lanes + i % lanes] =
              oihw[((o * c->in_channels + i) * k + y) * k + x];
        }
}

// Sixteen rows at a time: their columns put in order, then turned for the one direction and cut for the other.
void ckernels_dense_pack(const ckernels_convolution_table *table, const float *weights, size_t outputs, size_t plain,
                         const int32_t *columns, size_t inputs, int gated, float *rows, float *forward,
                         float *backward) {
  size_t lanes = gated ? table->lanes : 16, in_blocks = (inputs + lanes - 1) / lanes;
  for (size_t start = 0; start < outputs; start += 16) {
    size_t count = outputs - start < 16 ? outputs - start : 16;
    for (size_t o = 0; o < count; o++) {
      const float *from = weights + (start + o) * plain;
      float *row = rows + o * inputs;
      for (size_t k = 0; k < inputs; k++) row[k] = columns[k] < 0 ? 0 : from[columns[k]];
      size_t panel;
      for (size_t block = 0; block < in_blocks; block += panel) {
        panel = gated ? gated_panel(block, in_blocks, lanes) : 1;
        size_t left = inputs - block * lanes, width = left < panel * lanes ? left : panel * lanes;
        memcpy(backward + (block * outputs + (start + o) * panel) * lanes, row + block * lanes,
               width * sizeof(float));
      }
    }
    table->transpose(rows, inputs, count, forward + start * inputs);
  }
}

size_t ckernels_across_weights(const ckernels_convolution *c) {
  return c->in_channels * c->out_channels * c->kernel * c->kernel;
}

size_t ckernels_across_scratch(const ckernels_convolution *c) {
  return across_taps(c, 0) * c->out_channels * across_pitch(c) + (c->width + 16) * 16;
}

// (in, row phase, column phase, out, row, column): column t of the window reaches a pixel from taps - 1 - t before.
void ckernels_across_pack(const ckernels_convolution *c, const float *oihw, float *packed) {
  size_t k = c->kernel, s = c->stride;
  for (size_t i = 0; i < c->in_channels; i++)
    for (size_t y = 0; y < s; y++)
      for (size_t x = 0; x < s; x++) {
        float *to = packed + across_weights_at(c, i, y, x);
        for (size_t o = 0; o < c->out_channels; o++)
          for (size_t v = 0; v < across_taps(c, y); v++)
            for (size_t u = 0; u < across_taps(c, x); u++)
              *to++ = oihw[((o * c->in_channels + i) * k + y + s * v) * k + x + s * u];
      }
}

size_t ckernels_gated_scratch(size_t inputs, size_t samples) {
  size_t runs = (inputs + GATED_RUN - 1) / GATED_RUN, lists = samples * (runs + 1);
  return 2 * (samples * inputs + 16) + (lists > inputs + 1 ? lists : inputs + 1);
}

size_t ckernels_sparse_weights_scratch(const ckernels_convolution *c, size_t lanes) {
  size_t filters = blocks(c->in_channels, lanes) * c->out_channels * c->kernel * c->kernel * lanes;
  return sparse_plane_floats(c, lanes) + filters + 2 * sparse_entries(c, lanes) + c->out_channels + 1;
}
