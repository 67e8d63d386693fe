// Projections of a point on a hyperplane within the box, in three norms: exact up to the rounding of their sums, which
// are bracketed the same way for every instruction set.
#ifndef HOLDFAST_CPROJECTION_H
#define HOLDFAST_CPROJECTION_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// The step of least length that carries `point` into the plane where weights . x is smaller by `excess`, without
// leaving [0, 1] where box is set; the farthest step where the plane is out of reach; no step where the weights are
// zero or not finite.
//   room, size: scratch of n floats rounded up to a multiple of 8.
//   order: scratch of n.
// Returns the length of the step.
typedef double (*ckernels_plane_function)(const float *point, const float *weights, size_t n, double excess,
                                          int box, float *room, float *size, int32_t *order, float *step);

typedef struct {
  ckernels_plane_function linf_plane, l2_plane, l1_plane;
  // Sums in eight Double lanes added in a fixed order.
  double (*sum_of_magnitudes)(const float *x, size_t n);
  double (*sum_of_magnitudes_of_differences)(const float *x, const float *y, size_t n);
  double (*dot_with_difference)(const float *weights, const float *x, const float *y, size_t n);
  // The largest |x|; NaN where there is one.
  float (*largest_magnitude)(const float *x, size_t n);
  // x <- (1 - share) (x + reach step) + share (clean + reach clean_step), then into [0, 1] where box is set.
  void (*boundary_step)(float *x, const float *clean, const float *step, const float *clean_step, float reach,
                        float share, int box, size_t n);
} ckernels_projections;

// The functions compiled for one instruction set; NULL where this CPU lacks it.
const ckernels_projections *_Nullable ckernels_projections_for(int instruction_set);

#pragma clang assume_nonnull end

#endif
