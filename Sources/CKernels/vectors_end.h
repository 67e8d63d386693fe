// Undoes vectors.h, for the next instruction set.
#undef vec
#undef vec16
#undef ivec
#undef ivec16
#undef bvec
#undef INLINE
#undef FMA
#undef LOAD
#undef STORE
#undef LOAD16
#undef GATED16
#undef STORE16
#undef SELECT
#undef RECTIFIED
