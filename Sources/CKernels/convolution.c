#include "CConvolution.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <string.h>

#include "CKernels.h"
#include "layouts.h"
#include "transpose.h"
#include "winograd.h"

#pragma STDC FP_CONTRACT OFF

#define TABLE(set)                                                                           \
  static const ckernels_convolution_table NAME(convolutions) = {                             \
      .first_forward = NAME(first_forward),     .first_backward = NAME(first_backward),      \
      .sparse_backward = NAME(sparse_backward), .relu_pool = NAME(relu_pool),                \
      .expand_gradient = NAME(expand_gradient), .dense = NAME(dense),                        \
      .transpose = NAME(transpose),             .across_backward = NAME(across_backward),    \
      .gated = NAME(gated),                     .dense_weights = NAME(dense_weights),        \
      .sparse_weights = NAME(sparse_weights),   .winograd = NAME(winograd),                  \
      .filter = NAME(filter),                   .winograd_pack = NAME(winograd_pack),        \
      .lanes = LANES}

#define NAME(x) x##_portable
#define LANES 8
#define HAS_FMA 0
#include "vectors.h"
#include "first_layer.inc"
#include "sparse.inc"
#include "relu_pool.inc"
#include "transpose.inc"
#include "dense.inc"
#include "across.inc"
#include "gated.inc"
#include "weights.inc"
#include "winograd.inc"
#include "filter.inc"
#include "filter_weights.inc"
TABLE(portable);
#undef NAME
#undef HAS_FMA
#include "vectors_end.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx2
#define HAS_FMA 1
#include "vectors.h"
#include "first_layer.inc"
#include "sparse.inc"
#include "relu_pool.inc"
#include "transpose.inc"
#include "dense.inc"
#include "across.inc"
#include "gated.inc"
#include "weights.inc"
#include "winograd.inc"
#include "filter.inc"
#include "filter_weights.inc"
TABLE(avx2);
#undef NAME
#undef LANES
#include "vectors_end.h"
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define NAME(x) x##_avx512
#define LANES 16
#include "vectors.h"
#include "first_layer.inc"
#include "sparse.inc"
#include "relu_pool.inc"
#include "transpose.inc"
#include "dense.inc"
#include "across.inc"
#include "gated.inc"
#include "weights.inc"
#include "winograd.inc"
#include "filter.inc"
#include "filter_weights.inc"
TABLE(avx512);
#undef NAME
#include "vectors_end.h"
#pragma clang attribute pop
#endif

const ckernels_convolution_table *ckernels_convolutions_for(int set) {
  if (set > (int)ckernels_supported()) return NULL;
  switch (set) {
#if defined(__x86_64__)
    case ckernels_avx512: return &convolutions_avx512;
    case ckernels_avx2: return &convolutions_avx2;
#endif
    default: return &convolutions_portable;
  }
}
