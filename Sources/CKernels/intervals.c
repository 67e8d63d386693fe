#include "CIntervals.h"

#include "CKernels.h"

// The same bits from every instruction set: a multiplication and an addition stay two roundings.
#pragma STDC FP_CONTRACT OFF

#define NAME(x) x##_portable
#include "intervals.inc"
#undef NAME

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx2
#include "intervals.inc"
#undef NAME
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx512
#include "intervals.inc"
#undef NAME
#pragma clang attribute pop
#endif

const ckernels_interval_table *ckernels_intervals_for(int set) {
  if (set > (int)ckernels_supported()) return NULL;
  switch (set) {
#if defined(__x86_64__)
    case ckernels_avx512: return &interval_table_avx512;
    case ckernels_avx2: return &interval_table_avx2;
#endif
    default: return &interval_table_portable;
  }
}
