/* What emitted element-wise rules are made of: arrays in the precision that is
 * asked for, arithmetic in double, rounded once when a result is stored. */
#pragma once
#ifdef REAL64
typedef double stored;
#else
typedef float stored;
#define REAL64
#endif
#include "elementary.h"

/* VL numbers of an array, at any multiple of their size */
typedef stored vstored __attribute__((vector_size(VL * sizeof(stored)), aligned(sizeof(stored)), may_alias));

INLINE vreal load(const stored *from) { return __builtin_convertvector(*(const vstored *)from, vreal); }
INLINE void store(stored *to, vreal x) { *(vstored *)to = __builtin_convertvector(x, vstored); }
