#include "CRelaxation.h"

#include "CKernels.h"

// The same bits from every instruction set: a multiplication and an addition stay two roundings.
#pragma STDC FP_CONTRACT OFF

#define NAME(x) x##_portable
#include "relaxation.inc"
#undef NAME

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx2
#include "relaxation.inc"
#undef NAME
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx512
#include "relaxation.inc"
#undef NAME
#pragma clang attribute pop
#endif

const ckernels_relaxation_table *ckernels_relaxations_for(int set) {
  if (set > (int)ckernels_supported()) return NULL;
  switch (set) {
#if defined(__x86_64__)
    case ckernels_avx512: return &relaxation_table_avx512;
    case ckernels_avx2: return &relaxation_table_avx2;
#endif
    default: return &relaxation_table_portable;
  }
}
