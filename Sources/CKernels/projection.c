#include "CProjection.h"

#include <math.h>

// Farther than any step goes, and small enough that products with it stay finite in Double.
#define NO_BOX 0x1p127f
#define INLINE static inline __attribute__((always_inline))

#define PASSES "projection.inc"
#include "instruction_sets.h"

CHOOSE(ckernels_projections, ckernels_projections_for, projections)
