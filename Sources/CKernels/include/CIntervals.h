// Passes over intervals, kept as centre c and radius r, with the ends c - r and c + r: what bound propagation does
// between the products with weights, and its gradients.
//
// As all passes, they give the same bits for every instruction set.
#ifndef HOLDFAST_CINTERVALS_H
#define HOLDFAST_CINTERVALS_H

#include <stddef.h>

#pragma clang assume_nonnull begin

typedef struct {
  // c <- (l + u) / 2, r <- (u - l) / 2.
  void (*centres)(const float *lower, const float *upper, float *centre, float *radius, size_t n);
  // l <- c - r, u <- c + r.
  void (*ends)(const float *centre, const float *radius, float *lower, float *upper, size_t n);
  // The interval of max(x, 0); a NaN stays a NaN.
  void (*relu)(const float *centre, const float *radius, float *out_centre, float *out_radius, size_t n);
  // Turns the gradients by out_centre and out_radius into those by centre and radius, in place.
  void (*relu_gradient)(const float *centre, const float *radius, float *d_centre, float *d_radius, size_t n);
  // out <- |x|.
  void (*magnitudes)(float *out, const float *x, size_t n);
  // a <- a + sign(s) * b, sign(0) = 0.
  void (*add_signed)(float *a, const float *signs, const float *b, size_t n);
  // The upper end of (other - own) x over the intervals of x, in eight Double lanes added in a fixed order.
  double (*margin)(const float *centre, const float *radius, const float *own, const float *other, size_t n);
  // Adds g times the gradient of margin by each of its four arguments.
  void (*margin_gradient)(float g, const float *centre, const float *radius, const float *own, const float *other,
                          float *d_centre, float *d_radius, float *d_own, float *d_other, size_t n);
} ckernels_interval_table;

// The passes compiled for one instruction set; NULL where this CPU lacks it.
const ckernels_interval_table *_Nullable ckernels_intervals_for(int instruction_set);

#pragma clang assume_nonnull end

#endif
