// Vectors for the instruction set that the including file is compiled for. NAME(x), LANES and HAS_FMA are
// defined around the inclusion; a vector wider than a register is several of them.
typedef float NAME(vec) __attribute__((ext_vector_type(LANES), aligned(4)));
typedef float NAME(vec16) __attribute__((ext_vector_type(16), aligned(4)));
typedef int32_t NAME(ivec) __attribute__((ext_vector_type(LANES), aligned(4)));
typedef int32_t NAME(ivec16) __attribute__((ext_vector_type(16), aligned(4)));
typedef uint8_t NAME(bvec) __attribute__((ext_vector_type(LANES), aligned(1)));
typedef uint8_t NAME(bvec16) __attribute__((ext_vector_type(16), aligned(1)));
#define vec NAME(vec)
#define vec16 NAME(vec16)
#define ivec NAME(ivec)
#define ivec16 NAME(ivec16)
#define bvec NAME(bvec)
#define bvec16 NAME(bvec16)
#define INLINE static inline __attribute__((always_inline))

#if HAS_FMA
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif

// Macros rather than functions: vectors wider than a register have no calling convention.
#define LOAD(p) (*(const vec *)(p))
#define STORE(p, v) (*(vec *)(p) = (v))
#define LOAD16(p) (*(const vec16 *)(p))
#define STORE16(p, v) (*(vec16 *)(p) = (v))
// mask ? a : b, lane by lane; a mask lane is all ones or all zeros.
#define SELECT(mask, a, b) ((vec)(((mask) & (ivec)(a)) | (~(mask) & (ivec)(b))))
// max(x, 0); a NaN stays a NaN.
#define RECTIFIED(x) SELECT((x) < (vec)0.0f, (vec)0.0f, (x))
// gate > 0 ? x : 0, lane by lane.
#define GATED16(x, gate) ((vec16)(((gate) > (vec16)0.0f) & (ivec16)(x)))

// out <- max(x, 0) of the largest of four, argmax <- which it is: the first of equals; a NaN wins and stays.
INLINE void NAME(max4)(const vec *taps, float *out, uint8_t *argmax) {
  vec best = taps[0];
  ivec where = (ivec)0;
  for (int k = 1; k < 4; k++) {
    ivec wins = (taps[k] > best) | (taps[k] != taps[k]);
    best = SELECT(wins, taps[k], best);
    where = (wins & (ivec)k) | (~wins & where);
  }
  STORE(out, RECTIFIED(best));
  *(bvec *)argmax = __builtin_convertvector(where, bvec);
}
