// Minimal filtering (Winograd 1980; Lavin and Gray 2016) of 3x3 and 5x5 convolutions with stride 1: tiles of the
// input are carried to 6x6 points, multiplied there channel by channel, and carried back to 4x4 or 2x2 outputs.
// 4 and 2.8 times fewer multiplications, at roundings a few times larger.
#ifndef HOLDFAST_CWINOGRAD_H
#define HOLDFAST_CWINOGRAD_H

#include <stddef.h>
#include <stdint.h>

#include "CConvolution.h"

#pragma clang assume_nonnull begin

// Whether the kernel can serve: 3x3 or 5x5 at stride 1.
int ckernels_winograd_fits(const ckernels_convolution *c);

// Sizes of buffers in floats.
size_t ckernels_winograd_weights(const ckernels_convolution *c, size_t lanes);
size_t ckernels_winograd_scratch(const ckernels_convolution *c, size_t lanes);
size_t ckernels_filter_scratch(const ckernels_convolution *c, size_t lanes);

// The convolution that gives the gradient by the input of c from the gradient by its bare output.
ckernels_convolution ckernels_winograd_transposed(const ckernels_convolution *c);

#pragma clang assume_nonnull end

#endif
