/* Routines on panel rows for scans that are interpreted operation by operation. */
#pragma once
#include "product.h"
#include "random.h"
#include "vector.h"

#define EXPORT(name) __attribute__((export_name(#name))) void name

EXPORT(fill_rows)(real *to, double value, int rows) {
  for (int i = 0; i < rows * PANEL; i++) to[i] = (real)value;
}

/* Each value repeated for all trials of its row. */
EXPORT(spread_rows)(real *to, const real *values, int rows) {
  for (int n = 0; n < rows; n++)
    for (int i = 0; i < PANEL; i++) to[n * PANEL + i] = values[n];
}

/* step: PANEL to copy row by row, 0 to repeat the first. */
EXPORT(copy_panel)(real *to, const real *from, int step, int rows) {
  for (int n = 0; n < rows; n++) __builtin_memmove(to + n * PANEL, from + n * step, PANEL * sizeof(real));
}

EXPORT(add_rows)(real *to, const real *from, int rows, int vectors) {
  for (int n = 0; n < rows; n++)
    for (int v = 0; v < vectors; v++) *(vreal *)(to + n * PANEL + v * VL) += *(const vreal *)(from + n * PANEL + v * VL);
}

EXPORT(sum_rows)(real *to, const real *from, int rows, int vectors) {
  for (int v = 0; v < vectors; v++) {
    vreal total = {0};
    for (int n = 0; n < rows; n++) total += *(const vreal *)(from + n * PANEL + v * VL);
    *(vreal *)(to + v * VL) = total;
  }
}

EXPORT(reduce)(real *gradient, const real *from, int rows, int trials) { reduce_rows(gradient, from, rows, trials); }

EXPORT(pack_matrix)(real *to, const real *w, int rows, int columns, int row_stride, int column_stride) {
  pack(to, w, rows, columns, row_stride, column_stride);
}

EXPORT(multiply)(real *to, const real *w, int rows, int columns, const real *x, int vectors) {
  product(to, 0, w, rows, columns, x, 0, vectors, 0);
}

EXPORT(multiply_per_trial)(real *to, const real *m, int rows, int columns, const real *x, int vectors, int transposed) {
  trial_product(to, m, rows, columns, x, vectors, transposed);
}

EXPORT(add_outer)(real *dw, int rows, int columns, const real *g, const real *x, int vectors) {
  outer(dw, rows, columns, g, 0, 0, x, 0, 0, 1, vectors, 0, 1);
}

/* `to` has room for the next multiple of four rows. */
EXPORT(draw_rows)(real *to, int rows, int law, double strength, const u32 *trials, u32 site, u32 step, u32 stream,
                  u32 key0, u32 key1, int vectors) {
  noise_rows(to, law, (float)strength, trials, site, 0, (rows + 3) / 4, step, stream, key0, key1, vectors);
}
