// Compiles the file named by PASSES once for every instruction set, with NAME(x) making names of their own of what it
// defines; CHOOSE then defines the function that returns one of the tables so named, or NULL where this CPU lacks the
// instruction set. FOLD adds up what passes sum in eight lanes.
#include <stddef.h>

#include "CKernels.h"

// The same bits from every instruction set: a multiplication and an addition stay two roundings.
#pragma STDC FP_CONTRACT OFF

// The sum of eight partial sums, in the order in which halves of a register are added.
#define FOLD(sum) (((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7])))

#define NAME(x) x##_portable
#include PASSES
#undef NAME

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx2
#include PASSES
#undef NAME
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx512
#include PASSES
#undef NAME
#pragma clang attribute pop

#define CHOOSE(type, function, table)                                     \
  const type *function(int set) {                                         \
    if (set > (int)ckernels_supported()) return NULL;                     \
    return set == ckernels_avx512 ? &table##_avx512                       \
           : set == ckernels_avx2 ? &table##_avx2                         \
                                  : &table##_portable;                    \
  }
#else
#define CHOOSE(type, function, table) \
  const type *function(int set) { return set > (int)ckernels_supported() ? NULL : &table##_portable; }
#endif
