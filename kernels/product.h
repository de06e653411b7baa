/* Products with parameter matrices, and the gradients of those matrices.
 *
 * A vector of `rows` units is rows x PANEL reals: unit after unit, the trials of
 * a panel next to each other. Only the first `vectors` vectors of a row are in
 * use. A matrix is packed once per call: blocks of MR rows, and in a block for
 * each column its MR values, so that a block is read from front to back. */
#pragma once
#include "vector.h"

#define MR 6

#if defined(__wasm_relaxed_simd__) && !defined(REAL64)
#define v_madd(a, b, c) __builtin_wasm_relaxed_madd_f32x4(a, b, c)
#elif defined(__wasm_relaxed_simd__)
#define v_madd(a, b, c) __builtin_wasm_relaxed_madd_f64x2(a, b, c)
#else
#define v_madd(a, b, c) ((a) * (b) + (c))
#endif

INLINE int packed_size(int rows, int columns) { return (rows + MR - 1) / MR * MR * columns; }

/* Element (r, k) of the matrix is w[r * row_stride + k * column_stride]. */
static real *pack(real *to, const real *w, int rows, int columns, int row_stride, int column_stride) {
  for (int r0 = 0; r0 < rows; r0 += MR)
    for (int k = 0; k < columns; k++)
      for (int i = 0; i < MR; i++)
        *to++ = r0 + i < rows ? w[(r0 + i) * row_stride + k * column_stride] : 0;
  return to;
}

INLINE void product_tile(real *y, const real *w, const real *x, int columns, const int rows, const int width, int accumulate) {
  vreal acc[MR][2];
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < width; j++)
      acc[i][j] = accumulate ? *(const vreal *)(y + i * PANEL + j * VL) : (vreal){0};
  for (int k = 0; k < columns; k++) {
    vreal xs[2];
    for (int j = 0; j < width; j++) xs[j] = *(const vreal *)(x + k * PANEL + j * VL);
    for (int i = 0; i < rows; i++) {
      const vreal a = v_set(w[k * MR + i]);
      for (int j = 0; j < width; j++) acc[i][j] = v_madd(a, xs[j], acc[i][j]);
    }
  }
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < width; j++) *(vreal *)(y + i * PANEL + j * VL) = acc[i][j];
}

INLINE void product_block(real *y, const real *w, const real *x, int columns, const int rows, int vectors, int accumulate) {
  int j = 0;
#if VPP > 1
  for (; j + 2 <= vectors; j += 2) product_tile(y + j * VL, w, x + j * VL, columns, rows, 2, accumulate);
#endif
  for (; j < vectors; j++) product_tile(y + j * VL, w, x + j * VL, columns, rows, 1, accumulate);
}

/* y = W x, or y += W x. A matrix that is absent (w == 0) is zero. */
static void product(real *y, const real *w, int rows, int columns, const real *x, int vectors, int accumulate) {
  if (!w) {
    if (!accumulate) __builtin_memset(y, 0, (unsigned long)rows * PANEL * sizeof(real));
    return;
  }
  int r = 0;
  for (; r + MR <= rows; r += MR) product_block(y + r * PANEL, w + r * columns, x, columns, MR, vectors, accumulate);
  y += r * PANEL;
  w += r * columns;
  switch (rows - r) {
    case 5: product_block(y, w, x, columns, 5, vectors, accumulate); break;
    case 4: product_block(y, w, x, columns, 4, vectors, accumulate); break;
    case 3: product_block(y, w, x, columns, 3, vectors, accumulate); break;
    case 2: product_block(y, w, x, columns, 2, vectors, accumulate); break;
    case 1: product_block(y, w, x, columns, 1, vectors, accumulate); break;
  }
}

INLINE real v_total(vreal x) {
  real total = 0;
  for (int i = 0; i < VL; i++) total += x[i];
  return total;
}

#define OR 4
#define OC 3

/* Adds sum over entries and trials of g[r] x[c] for a tile of rows and columns. */
INLINE void outer_tile(real *dw, int columns, const real *g, int g_step, const real *x, int x_step, int entries,
                       int vectors, const int rows, const int width) {
  vreal acc[OR][OC];
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < width; j++) acc[i][j] = (vreal){0};
  for (int t = 0; t < entries; t++)
    for (int v = 0; v < vectors; v++) {
      const real *gt = g + (long)t * g_step + v * VL;
      const real *xt = x + (long)t * x_step + v * VL;
      vreal xs[OC];
      for (int j = 0; j < width; j++) xs[j] = *(const vreal *)(xt + j * PANEL);
      for (int i = 0; i < rows; i++) {
        const vreal a = *(const vreal *)(gt + i * PANEL);
        for (int j = 0; j < width; j++) acc[i][j] = v_madd(a, xs[j], acc[i][j]);
      }
    }
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < width; j++) dw[i * columns + j] += v_total(acc[i][j]);
}

INLINE void outer_strip(real *dw, int columns, const real *g, int g_step, const real *x, int x_step, int entries,
                        int vectors, const int rows) {
  int c = 0;
  for (; c + OC <= columns; c += OC)
    outer_tile(dw + c, columns, g, g_step, x + c * PANEL, x_step, entries, vectors, rows, OC);
  if (columns - c == 2) outer_tile(dw + c, columns, g, g_step, x + c * PANEL, x_step, entries, vectors, rows, 2);
  if (columns - c == 1) outer_tile(dw + c, columns, g, g_step, x + c * PANEL, x_step, entries, vectors, rows, 1);
}

/* Adds the sum over entries and trials of the outer products g x' to dw, [rows, columns] row-major.
 * Entry t of g starts at g + t * g_step. */
static void outer(real *dw, int rows, int columns, const real *g, int g_step, const real *x, int x_step, int entries,
                  int vectors) {
  int r = 0;
  for (; r + OR <= rows; r += OR)
    outer_strip(dw + (long)r * columns, columns, g + r * PANEL, g_step, x, x_step, entries, vectors, OR);
  dw += (long)r * columns;
  g += r * PANEL;
  switch (rows - r) {
    case 3: outer_strip(dw, columns, g, g_step, x, x_step, entries, vectors, 3); break;
    case 2: outer_strip(dw, columns, g, g_step, x, x_step, entries, vectors, 2); break;
    case 1: outer_strip(dw, columns, g, g_step, x, x_step, entries, vectors, 1); break;
  }
}

/* y = M x with a matrix of its own for every trial: m[r * columns + c] is a row of a panel. */
static void trial_product(real *y, const real *m, int rows, int columns, const real *x, int vectors, int transposed) {
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < vectors; v++) {
      vreal total = {0};
      for (int c = 0; c < columns; c++) {
        const long index = transposed ? (long)c * rows + r : (long)r * columns + c;
        total += *(const vreal *)(m + index * PANEL + v * VL) * *(const vreal *)(x + c * PANEL + v * VL);
      }
      *(vreal *)(y + r * PANEL + v * VL) = total;
    }
}

/* grad[r] += sum over the trials in use of row r. */
static void reduce_rows(real *grad, const real *rows_of, int rows, int trials) {
  for (int r = 0; r < rows; r++) {
    real total = 0;
    for (int i = 0; i < trials; i++) total += rows_of[r * PANEL + i];
    grad[r] += total;
  }
}
