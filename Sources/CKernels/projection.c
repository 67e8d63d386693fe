#include "CProjection.h"

#include <math.h>

#include "CKernels.h"

// The same bits from every instruction set: a multiplication and an addition stay two roundings.
#pragma STDC FP_CONTRACT OFF

// Farther than any step goes, and small enough that products with it stay finite in Double.
#define NO_BOX 0x1p127f
#define INLINE static inline __attribute__((always_inline))

#define NAME(x) x##_portable
#include "projection.inc"
#undef NAME

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx2
#include "projection.inc"
#undef NAME
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx512
#include "projection.inc"
#undef NAME
#pragma clang attribute pop
#endif

const ckernels_projections *ckernels_projections_for(int set) {
  if (set > (int)ckernels_supported()) return NULL;
  switch (set) {
#if defined(__x86_64__)
    case ckernels_avx512: return &projections_avx512;
    case ckernels_avx2: return &projections_avx2;
#endif
    default: return &projections_portable;
  }
}
