// Convolutions of our own, for the places where libraries are slow in an attack: the first layer, whose one or
// three input channels leave vector registers empty, and layers behind which pooling or ReLU made most of the
// gradient zero.
//
// LANES is 16 for AVX-512 and 8 otherwise; blocked activations are (C/LANES, H, W, LANES).
#ifndef HOLDFAST_CCONVOLUTION_H
#define HOLDFAST_CCONVOLUTION_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct {
  size_t in_channels, height, width;  // of the input
  size_t out_channels;
  size_t kernel, stride, padding;
  size_t conv_height, conv_width;     // of the convolution's output
  size_t pool;                        // 1 for no pooling, 2 for 2x2 maxima side by side
  size_t out_height, out_width;       // behind the pooling
} ckernels_convolution;

// What becomes of each value of a convolution, in this order; every part may be missing. Activations have the layout
// of the output, and numbers by channel are padded to whole blocks.
typedef struct {
  // The gradient of a rectified normalization: value <- open > 0 ? slope * value : 0.
  const float *_Nullable open, *_Nullable slope;
  // value <- value + addend.
  const float *_Nullable addend;
  // Where the value goes beside the output.
  float *_Nullable sum;
  // A rectified normalization: value <- max(scale * value + shift, 0).
  const float *_Nullable scale, *_Nullable shift;
} ckernels_finish;

typedef struct {
  // First layers: plain input of few channels, convolution + bias + ReLU + pooling in one pass over one sample.
  // weights: (in, ky, kx, out/LANES, LANES). padded: scratch of first_padded_floats, whose border stays zero.
  // out: blocked, behind pooling and ReLU. argmax: which of the pool's four, not written where pool is 1.
  void (*first_forward)(const ckernels_convolution *c, const float *in, const float *weights,
                        const float *bias, float *padded, float *out, uint8_t *argmax);
  // The gradient by the input of first_forward, from the gradient behind pooling and ReLU.
  // weights: made by first_pack_backward. scratch: first_backward_scratch floats.
  void (*first_backward)(const ckernels_convolution *c, const float *out_gradient, const float *out,
                         const uint8_t *argmax, const float *weights, float *scratch, float *in_gradient);
  // The same for any kernel up to 7 and up to 16 samples, one after the other in memory, that run side by side; argmax
  // is NULL without pooling, and out where no ReLU follows the convolution.
  // weights: made by across_pack. scratch: across_scratch floats, zero at first, kept for c alone.
  void (*across_backward)(const ckernels_convolution *c, size_t samples, const float *out_gradient,
                          const float *_Nullable out, const uint8_t *_Nullable argmax, const float *weights, float *scratch,
                          float *in_gradient);
  // Any layer: the gradient by the blocked input, skipping what pooling and ReLU made zero.
  // weights: made by sparse_pack. scratch: sparse_scratch_bytes.
  void (*sparse_backward)(const ckernels_convolution *c, const float *out_gradient, const float *out,
                          const uint8_t *argmax, const float *weights, void *scratch, float *in_gradient);
  // ReLU and 2x2 maxima of a blocked convolution output, for one sample.
  void (*relu_pool)(const ckernels_convolution *c, const float *conv, float *out, uint8_t *argmax);
  // The gradient by a blocked convolution output, zeros included, for the gradient by the weights.
  void (*expand_gradient)(const ckernels_convolution *c, const float *out_gradient, const float *out,
                          const uint8_t *argmax, float *conv_gradient);
  // Fully connected: out[s][n] = bias[n] + sum over k of in[s][k] * weights[n][k] for tiles of 16 samples.
  // in: (tiles, K, 16). weights: (N/16, K, 16), zero beyond N. partial: scratch of tiles * N/16 * 256 floats.
  // out: (16 * tiles, N).
  void (*dense)(const float *in, const float *weights, const float *_Nullable bias, size_t inputs,
                size_t outputs, size_t tiles, int relu, float *partial, float *out);
  // The gradient by a fully connected layer's input, skipping zeros: out[s][k] = sum over n of gradient[s][n] *
  // weights[n][k]. weights: made by dense_pack. outputs, the width of out, is a multiple of 16.
  // scratch: gated_scratch floats.
  void (*gated)(const float *gradient, const float *weights, size_t inputs, size_t outputs, size_t samples,
                float *scratch, float *out);
  // The gradients of a fully connected layer by weights (outputs, inputs) and bias, summed over the samples, skipping
  // zeros of the gradient. scratch: gated_scratch floats.
  void (*dense_weights)(const float *gradient, const float *in, size_t inputs, size_t outputs, size_t samples,
                        float *scratch, float *weights, float *_Nullable bias);
  // The gradients of a blocked layer by weights (OIHW) and bias, summed over the samples, skipping what pooling and
  // ReLU made zero. Kernels of 3, 4 and 5. scratch: sparse_weights_scratch floats, zero at first, kept for c alone.
  void (*sparse_weights)(const ckernels_convolution *c, size_t samples, const float *in, const float *out_gradient,
                         const float *out, const uint8_t *_Nullable argmax, float *scratch, float *weights,
                         float *bias);
  // Minimal filtering of blocked samples, one after the other in memory (CWinograd.h).
  //   gate: nothing, or activations of the input's shape: where they are not positive, the input counts as zero.
  //   weights: made by winograd_pack.
  //   bias: nothing for the bare convolution; otherwise bias, ReLU and the pooling of c follow.
  //   scratch: ckernels_winograd_scratch floats, zero at first, kept for c alone.
  //   argmax: which of the pool's four; not written where c->pool is 1.
  void (*winograd)(const ckernels_convolution *c, size_t samples, const float *in, const float *_Nullable gate,
                   const float *weights, const float *_Nullable bias, float *scratch, float *out,
                   uint8_t *_Nullable argmax);
  // Minimal filtering of blocked samples by 3x3, one after the other in memory, with what follows a convolution in a
  // residual network.
  //   weights: made by winograd_pack.
  //   scratch: ckernels_filter_scratch floats.
  void (*filter)(const ckernels_convolution *c, size_t samples, const float *in, const float *weights,
                 const ckernels_finish *finish, float *scratch, float *out);
  // Rewrites OIHW weights of c for minimal filtering; transposed says that oihw is that of the convolution which c is
  // the transpose of.
  void (*winograd_pack)(const ckernels_convolution *c, int transposed, const float *oihw, float *packed);
  // (count, width) to (width, 16), zero beyond the count.
  void (*transpose)(const float *in, size_t width, size_t count, float *out);
  size_t lanes;
} ckernels_convolution_table;

const ckernels_convolution_table *_Nullable ckernels_convolutions_for(int instruction_set);

// Sizes of buffers, in floats unless the name says bytes.
size_t ckernels_first_padded_floats(const ckernels_convolution *c);
size_t ckernels_first_forward_weights(const ckernels_convolution *c, size_t lanes);
size_t ckernels_first_backward_weights(const ckernels_convolution *c, size_t lanes);
size_t ckernels_first_backward_scratch(const ckernels_convolution *c);
size_t ckernels_sparse_weights(const ckernels_convolution *c, size_t lanes);
size_t ckernels_sparse_scratch_bytes(const ckernels_convolution *c, size_t lanes);
size_t ckernels_sparse_weights_scratch(const ckernels_convolution *c, size_t lanes);
size_t ckernels_gated_scratch(size_t inputs, size_t samples);
size_t ckernels_across_weights(const ckernels_convolution *c);
size_t ckernels_across_scratch(const ckernels_convolution *c);
// Whether first_backward can serve: the rows that one gradient touches fit eight columns.
int ckernels_first_backward_fits(const ckernels_convolution *c);

// Rewrites OIHW weights.
void ckernels_first_pack_forward(const ckernels_convolution *c, size_t lanes, const float *oihw, float *packed);
void ckernels_first_pack_backward(const ckernels_convolution *c, size_t lanes, const float *oihw,
                                  float *packed);
// (outputs, plain) to (outputs/16, inputs, 16) for the kernel dense, and for the other direction to
// (inputs/16, outputs, 16) or, where gated says so, to the panels of the kernel gated; columns says which plain column
// an input is, -1 for padding. rows: scratch of 16 * inputs floats. backward is zero at first where it has no weight.
void ckernels_dense_pack(const ckernels_convolution_table *table, const float *weights, size_t outputs, size_t plain,
                         const int32_t *columns, size_t inputs, int gated, float *rows, float *forward,
                         float *backward);
void ckernels_across_pack(const ckernels_convolution *c, const float *oihw, float *packed);
void ckernels_sparse_pack(const ckernels_convolution *c, size_t lanes, const float *oihw, float *packed);

#pragma clang assume_nonnull end

#endif
