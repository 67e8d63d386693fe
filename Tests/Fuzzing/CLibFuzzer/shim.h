#pragma once
#include <stddef.h>
#include <stdint.h>

// libFuzzer as a library: its own main, which would decide over the arguments, is left out.
// It comes with the compiler, without a header.
int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*execute)(const uint8_t *bytes, size_t count));
