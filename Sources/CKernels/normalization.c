#include "CNormalization.h"

#include <stdint.h>
#include <string.h>

#define PASSES "normalization.inc"
#include "instruction_sets.h"

CHOOSE(ckernels_normalization_table, ckernels_normalization_for, normalization)
