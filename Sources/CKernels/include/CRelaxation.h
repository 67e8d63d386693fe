// Passes over linear bounds, which go from the margins between classes back to the image: through ReLU, and at both ends.
//
// As all passes, they give the same bits for every instruction set. Coefficients of one linear bound are a row.
#ifndef HOLDFAST_CRELAXATION_H
#define HOLDFAST_CRELAXATION_H

#include <stddef.h>

#pragma clang assume_nonnull begin

typedef struct {
  // The lines around max(x, 0) over intervals of centre c and radius r: below * x from below, slope * x + offset from
  // above (Zhang et al. 2018).
  void (*lines)(const float *centre, const float *radius, float *below, float *slope, float *offset, size_t n);
  // Adds to the gradients by centre and radius what comes through slope and offset; below is constant.
  void (*lines_gradient)(const float *centre, const float *radius, const float *d_slope, const float *d_offset,
                         float *d_centre, float *d_radius, size_t n);
  // A row through ReLU: in <- a * (a < 0 ? slope : below); returns the sum of a * offset over negative a, in eight
  // Double lanes added in a fixed order, as all sums here.
  double (*relax)(const float *out, const float *below, const float *slope, const float *offset, float *in, size_t n);
  // The gradient of g * relax and of what in goes into, d_in being the gradient by in: overwrites d_out, adds to d_slope
  // and d_offset.
  void (*relax_gradient)(float g, const float *out, const float *below, const float *slope, const float *offset,
                         const float *d_in, float *d_out, float *d_slope, float *d_offset, size_t n);
  // The sum of products.
  double (*dot)(const float *a, const float *b, size_t n);
  // The least value of a x over intervals of x, and g times its gradient by a.
  double (*least)(const float *a, const float *centre, const float *radius, size_t n);
  void (*least_gradient)(float g, const float *a, const float *centre, const float *radius, float *d_a, size_t n);
} ckernels_relaxation_table;

// The passes compiled for one instruction set; NULL where this CPU lacks it.
const ckernels_relaxation_table *_Nullable ckernels_relaxations_for(int instruction_set);

#pragma clang assume_nonnull end

#endif
