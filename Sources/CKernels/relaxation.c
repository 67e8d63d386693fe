#include "CRelaxation.h"

#define PASSES "relaxation.inc"
#include "instruction_sets.h"

CHOOSE(ckernels_relaxation_table, ckernels_relaxations_for, relaxation_table)
