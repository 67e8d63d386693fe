#include "CPeak.h"

#include "CKernels.h"

#pragma STDC FP_CONTRACT OFF

// Registers as wide as the instruction set has them.
#if defined(__x86_64__)
#define KEEP(x) "+x"(x)
#else
#define KEEP(x) "+w"(x)
#endif

#define NAME(x) x##_portable
#define WIDTH 4
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#include "peak.inc"
#undef NAME
#undef WIDTH
#undef MULTIPLY_ADD

#define MULTIPLY_ADD(a, b, c) __builtin_elementwise_fma(a, b, c)

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx2
#define WIDTH 8
#include "peak.inc"
#undef NAME
#undef WIDTH
#pragma clang attribute pop

#undef KEEP
#define KEEP(x) "+v"(x)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx512
#define WIDTH 16
#include "peak.inc"
#undef NAME
#undef WIDTH
#pragma clang attribute pop
#endif

ckernels_peak_function ckernels_peak_for(int set) {
  if (set > (int)ckernels_supported()) return NULL;
  switch (set) {
#if defined(__x86_64__)
    case ckernels_avx512: return peak_avx512;
    case ckernels_avx2: return peak_avx2;
#endif
    default: return peak_portable;
  }
}
