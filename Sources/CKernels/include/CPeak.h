// What one CPU can multiply and add when nothing else holds it back.
#ifndef HOLDFAST_CPEAK_H
#define HOLDFAST_CPEAK_H

#include <stddef.h>

#pragma clang assume_nonnull begin

// Runs `rounds` rounds of independent multiply-adds that live in registers, and returns the number of
// floating-point operations done. seed: any value; sink: takes a result, so that the work is not optimized away.
typedef double (*ckernels_peak_function)(size_t rounds, float seed, float *sink);

// The loop for an instruction set; NULL where this CPU lacks it.
ckernels_peak_function _Nullable ckernels_peak_for(int instruction_set);

#pragma clang assume_nonnull end

#endif
