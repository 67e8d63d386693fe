// Passes over channel-blocked activations that treat every channel by numbers of its own: batch normalization with the
// activation behind it, and means over planes.
//
// All instruction sets give the same bits. Sums over samples are taken in Double, sample by sample and pixel by pixel;
// those behind the means of planes in float32, pixel by pixel.
#ifndef HOLDFAST_CNORMALIZATION_H
#define HOLDFAST_CNORMALIZATION_H

#include <stddef.h>

#pragma clang assume_nonnull begin

// Samples of (blocks, area, lanes); numbers by channel are arrays of blocks * lanes.
typedef struct {
  size_t samples, blocks, area, lanes;
} ckernels_channels;

typedef enum { ckernels_identity = 0, ckernels_rectified = 1, ckernels_swish = 2 } ckernels_activation;

// z = scale * x + shift by channel, and y = f(z).
typedef struct {
  const float *scale, *shift;
  ckernels_activation activation;
} ckernels_affine_activation;

// The gradient by x: f'(z) * gradient * scale + (offset + slope * (x - centre)), by channel, + addend.
// Without offset the term in brackets is left out.
typedef struct {
  const float *_Nullable offset, *_Nullable slope, *_Nullable centre;
  const float *_Nullable addend;
} ckernels_normalized_gradient;

typedef struct {
  // sums <- the sum of x.
  void (*sums)(const ckernels_channels *c, const float *x, double *sums);
  // sums <- the sum of (x - centre)^2.
  void (*squares)(const ckernels_channels *c, const float *x, const float *centre, double *sums);
  // out <- f(scale * x + shift).
  void (*forward)(const ckernels_channels *c, const ckernels_affine_activation *f, const float *x, float *out);
  // sums <- the sum of g, products <- that of g * (x - centre), where g = f'(z) * gradient.
  void (*gradient_sums)(const ckernels_channels *c, const ckernels_affine_activation *f, const float *x,
                        const float *y, const float *centre, const float *gradient, double *sums,
                        double *products);
  // x_gradient <- the gradient by x; may be the same memory as gradient.
  void (*backward)(const ckernels_channels *c, const ckernels_affine_activation *f, const float *x, const float *y,
                   const float *gradient, const ckernels_normalized_gradient *n, float *x_gradient);
  // out <- x * sigmoid(x), and gradient <- gradient * its derivative at x.
  void (*swish)(const float *x, float *out, size_t n);
  void (*swish_gradient)(const float *x, float *gradient, size_t n);
  // The mean over each plane, and its gradient.
  void (*plane_means)(const ckernels_channels *c, const float *x, float *means);
  void (*plane_means_gradient)(const ckernels_channels *c, const float *gradient, float *x_gradient);
} ckernels_normalization_table;

// The functions compiled for one instruction set; NULL where this CPU lacks it.
const ckernels_normalization_table *_Nullable ckernels_normalization_for(int instruction_set);

#pragma clang assume_nonnull end

#endif
