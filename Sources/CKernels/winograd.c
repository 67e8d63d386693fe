#include "CWinograd.h"

#include <string.h>

#include "CKernels.h"
#include "winograd.h"

#pragma STDC FP_CONTRACT OFF

#define NAME(x) x##_portable
#define LANES 8
#define HAS_FMA 0
#include "vectors.h"
#include "winograd.inc"
#undef NAME
#undef HAS_FMA
#include "vectors_end.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx2
#define HAS_FMA 1
#include "vectors.h"
#include "winograd.inc"
#undef NAME
#undef LANES
#include "vectors_end.h"
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx512
#define LANES 16
#include "vectors.h"
#include "winograd.inc"
#undef NAME
#include "vectors_end.h"
#pragma clang attribute pop
#endif

ckernels_winograd_function ckernels_winograd_for(int set) {
  if (set > (int)ckernels_supported()) return NULL;
  switch (set) {
#if defined(__x86_64__)
    case ckernels_avx512: return winograd_avx512;
    case ckernels_avx2: return winograd_avx2;
#endif
    default: return winograd_portable;
  }
}
