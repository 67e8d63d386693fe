// Hot SIMD kernels. Each is chosen once, at start, by what the CPU supports.
#ifndef HOLDFAST_CKERNELS_H
#define HOLDFAST_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#endif
