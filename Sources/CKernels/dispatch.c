#include "CKernels.h"

#include <float.h>
#include <string.h>

#define PASSES "passes.inc"
#include "instruction_sets.h"

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

CHOOSE(ckernels_table, ckernels_for, table)
