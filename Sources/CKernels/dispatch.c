#include "CKernels.h"

#include <float.h>
#include <string.h>

// The same bits from every instruction set: a multiplication and an addition stay two roundings.
#pragma STDC FP_CONTRACT OFF

#define NAME(x) x##_portable
#include "passes.inc"
#undef NAME

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx2
#include "passes.inc"
#undef NAME
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx512
#include "passes.inc"
#undef NAME
#pragma clang attribute pop
#endif

ckernels_instruction_set ckernels_supported(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
    return ckernels_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return ckernels_avx2;
#endif
  return ckernels_portable;
}

const ckernels_table *ckernels_for(ckernels_instruction_set set) {
  if (set > ckernels_supported()) return NULL;
  switch (set) {
#if defined(__x86_64__)
    case ckernels_avx512: return &table_avx512;
    case ckernels_avx2: return &table_avx2;
#endif
    default: return &table_portable;
  }
}
