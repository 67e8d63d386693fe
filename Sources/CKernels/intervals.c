#include "CIntervals.h"

#define PASSES "intervals.inc"
#include "instruction_sets.h"

CHOOSE(ckernels_interval_table, ckernels_intervals_for, interval_table)
