// Element-wise and pooling passes over activations, parameters and perturbations.
//
// Every function exists once for each instruction set (AVX-512, AVX2, portable) and is reached through one
// table, chosen at start. All sets give the same bits: the additions of a result are bracketed in the source,
// and no multiplication and addition are contracted.
//
// Activations of C channels are either plain (N, C, H, W) or channel-blocked (N, C/b, H, W, b) with b = 8 or
// 16 lanes and the missing channels of the last block zero. "plane" below is one (H, W, lanes) block, lanes
// being 1 for plain activations.
#ifndef HOLDFAST_CKERNELS_H
#define HOLDFAST_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "CConvolution.h"
#include "CIntervals.h"
#include "CNormalization.h"
#include "CPeak.h"
#include "CProjection.h"
#include "CRelaxation.h"
#include "CWinograd.h"

#pragma clang assume_nonnull begin

typedef enum {
  ckernels_portable = 0,
  ckernels_avx2 = 1,
  ckernels_avx512 = 2
} ckernels_instruction_set;

typedef struct {
  size_t height, width;              // of the input plane
  size_t out_height, out_width;      // of the output plane
  size_t window, stride;
  size_t lanes;                      // 1, 8 or 16
} ckernels_pooling;

typedef struct {
  // x <- max(x, 0); a NaN stays a NaN.
  void (*relu)(float *x, size_t n);
  // gradient <- output > 0 ? gradient : 0.
  void (*relu_gradient)(float *gradient, const float *output, size_t n);
  // One float for each window: its maximum, and which of its elements that was.
  void (*max_pool)(const ckernels_pooling *p, const float *in, float *out, uint8_t *argmax, size_t planes);
  void (*max_pool_gradient)(const ckernels_pooling *p, const float *out_gradient, const uint8_t *argmax,
                            float *in_gradient, size_t planes);
  void (*average_pool)(const ckernels_pooling *p, const float *in, float *out, size_t planes);
  void (*average_pool_gradient)(const ckernels_pooling *p, const float *out_gradient, float *in_gradient,
                                size_t planes);
  // x <- x * factor, element by element.
  void (*multiply)(float *x, const float *factor, size_t n);
  // x <- x * factor.
  void (*scale)(float *x, float factor, size_t n);
  // a <- a + b.
  void (*add)(float *a, const float *b, size_t n);
  // out <- a + b, where out is neither of them.
  void (*sum)(float *out, const float *a, const float *b, size_t n);
  // a <- a + factor * b.
  void (*add_scaled)(float *a, float factor, const float *b, size_t n);
  // lower <- max(0, x - epsilon), upper <- min(1, x + epsilon).
  void (*linf_box)(const float *x, float epsilon, float *lower, float *upper, size_t n);
  // x <- min(max(x + step * sign(gradient), lower), upper), sign(0) = sign(NaN) = 0.
  void (*linf_step)(float *x, const float *gradient, float step, const float *lower, const float *upper,
                    size_t n);
  // x <- min(max(x, lower), upper).
  void (*clamp)(float *x, const float *lower, const float *upper, size_t n);
  // x <- min(max(centre + factor * (x - centre), 0), 1), or without the box where box is 0.
  void (*shrink)(float *x, const float *centre, float factor, int box, size_t n);
  // Sums of squares, and of squared differences, in eight Double lanes added in a fixed order.
  double (*sum_of_squares)(const float *x, size_t n);
  double (*sum_of_squared_differences)(const float *x, const float *y, size_t n);
  // The largest |x - y|.
  float (*max_difference)(const float *x, const float *y, size_t n);
  // The number of elements that are NaN or infinite.
  size_t (*count_nonfinite)(const float *x, size_t n);
  // Stochastic gradient descent as in PyTorch: g += decay * w; m = momentum * m + g (m = g at first);
  // w -= rate * (nesterov ? g + momentum * m : m).
  void (*sgd)(float *w, const float *g, float *m, size_t n, float rate, float momentum, float decay,
              int nesterov, int first);
  // Adam: m and v are the moments, rest1 = 1 - beta1 and rest2 = 1 - beta2 rounded once,
  // scale1 = rate / (1 - beta1^t), root2 = sqrt(1 - beta2^t).
  // decay is added to the gradient (Adam), shrinkage multiplies the weights first (AdamW).
  void (*adam)(float *w, const float *g, float *m, float *v, size_t n, float beta1, float rest1, float beta2,
               float rest2, float epsilon, float scale1, float root2, float decay, float shrinkage);
  // Plain (C, H*W) to channel-blocked (C/b, H*W, b) for one sample, and back.
  void (*block)(const float *plain, float *blocked, size_t channels, size_t area, size_t lanes);
  void (*unblock)(const float *blocked, float *plain, size_t channels, size_t area, size_t lanes);
} ckernels_table;

// The best instruction set of this CPU.
ckernels_instruction_set ckernels_supported(void);

// The functions compiled for one instruction set; NULL where this CPU lacks it.
const ckernels_table *_Nullable ckernels_for(int set);

#pragma clang assume_nonnull end

#endif
