// Minimal filtering (Winograd 1980; Lavin and Gray 2016) of 3x3 and 5x5 convolutions with stride 1: tiles of the
// input are carried to 6x6 points, multiplied there channel by channel, and carried back to 4x4 or 2x2 outputs.
// 4 and 2.8 times fewer multiplications, at roundings a few times larger.
#ifndef HOLDFAST_CWINOGRAD_H
#define HOLDFAST_CWINOGRAD_H

#include <stddef.h>
#include <stdint.h>

#include "CConvolution.h"

#pragma clang assume_nonnull begin

// Convolution of blocked samples, one after the other in memory.
//   gate: nothing, or activations of the input's shape: where they are not positive, the input counts as zero.
//   weights: made by ckernels_winograd_pack.
//   bias: nothing for the bare convolution; otherwise bias, ReLU and the pooling of c follow.
//   scratch: ckernels_winograd_scratch floats, zero at first, kept for c alone.
//   argmax: which of the pool's four; not written where c->pool is 1.
// A sample's result depends on nothing but the sample.
typedef void (*ckernels_winograd_function)(const ckernels_convolution *c, size_t samples, const float *in,
                                           const float *_Nullable gate, const float *weights,
                                           const float *_Nullable bias, float *scratch, float *out,
                                           uint8_t *_Nullable argmax);

ckernels_winograd_function _Nullable ckernels_winograd_for(int instruction_set);

// Whether the kernel can serve: 3x3 or 5x5 at stride 1.
int ckernels_winograd_fits(const ckernels_convolution *c);

// Sizes of buffers in floats.
size_t ckernels_winograd_weights(const ckernels_convolution *c, size_t lanes);
size_t ckernels_winograd_scratch(const ckernels_convolution *c, size_t lanes);

// The convolution that gives the gradient by the input of c from the gradient by its bare output.
ckernels_convolution ckernels_winograd_transposed(const ckernels_convolution *c);

// Rewrites OIHW weights of c; transposed says that oihw is that of the convolution which c is the transpose of.
void ckernels_winograd_pack(const ckernels_convolution *c, size_t lanes, int transposed, const float *oihw,
                            float *packed);

#pragma clang assume_nonnull end

#endif
