/* Products with parameter matrices, and the gradients of those matrices.
 *
 * A panel of `rows` units is rows x PANEL reals: unit after unit, the trials of
 * the panel next to each other. A call serves the first `vectors` vectors of a
 * group of panels: vector j lies in panel j / VPP. */
#pragma once
#include "vector.h"

#if VBYTES >= 32
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* a b + c, rounded once where the instruction set can */
#if defined(__wasm_relaxed_simd__) && !defined(REAL64)
#define v_madd(a, b, c) __builtin_wasm_relaxed_madd_f32x4(a, b, c)
#elif defined(__wasm_relaxed_simd__)
#define v_madd(a, b, c) __builtin_wasm_relaxed_madd_f64x2(a, b, c)
#elif VBYTES == 64 && defined(REAL64)
#define v_madd(a, b, c) ((vreal)_mm512_fmadd_pd((__m512d)(a), (__m512d)(b), (__m512d)(c)))
#elif VBYTES == 64
#define v_madd(a, b, c) ((vreal)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#elif VBYTES == 32 && defined(REAL64)
#define v_madd(a, b, c) ((vreal)_mm256_fmadd_pd((__m256d)(a), (__m256d)(b), (__m256d)(c)))
#elif VBYTES == 32
#define v_madd(a, b, c) ((vreal)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#elif defined(__aarch64__) && defined(REAL64)
#define v_madd(a, b, c) ((vreal)vfmaq_f64((float64x2_t)(c), (float64x2_t)(a), (float64x2_t)(b)))
#elif defined(__aarch64__)
#define v_madd(a, b, c) ((vreal)vfmaq_f32((float32x4_t)(c), (float32x4_t)(a), (float32x4_t)(b)))
#else
#define v_madd(a, b, c) ((a) * (b) + (c))
#endif

/* Rows of a tile: as many as the vector registers hold, two vectors wide. */
#if VBYTES == 64 || defined(__aarch64__)
#define MR 12
#else
#define MR 6
#endif

/* Vectors of a tile side by side, in one panel or in neighbouring ones. */
#define MV 2

#define UNROLL _Pragma("GCC unroll 32")

INLINE int packed_size(int rows, int columns) { return (rows + MR - 1) / MR * MR * columns; }

/* Blocks of MR rows, and in a block for each column its MR values, so that a block is read from front to back.
 * Element (r, k) of the matrix is w[r * row_stride + k * column_stride]. Returns the end. */
static __attribute__((unused)) real *pack(real *to, const real *w, int rows, int columns, int row_stride, int column_stride) {
  for (int r0 = 0; r0 < rows; r0 += MR)
    for (int k = 0; k < columns; k++)
      for (int i = 0; i < MR; i++)
        *to++ = r0 + i < rows ? w[(long)(r0 + i) * row_stride + (long)k * column_stride] : 0;
  return to;
}

/* Vectors of a tile are `y_next` and `x_next` reals apart. */
INLINE void product_tile(real *y, long y_next, const real *w, int columns, const real *x, long x_next, const int rows,
                         const int width, int accumulate) {
  vreal sum[MR][MV];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < width; j++)
      sum[i][j] = accumulate ? *(const vreal *)(y + i * PANEL + j * y_next) : (vreal){0};
  for (int k = 0; k < columns; k++) {
    vreal xs[MV];
    UNROLL for (int j = 0; j < width; j++) xs[j] = *(const vreal *)(x + j * x_next);
    UNROLL for (int i = 0; i < rows; i++) {
      const vreal a = v_set(w[i]);
      UNROLL for (int j = 0; j < width; j++) sum[i][j] = v_madd(a, xs[j], sum[i][j]);
    }
    x += PANEL;
    w += MR;
  }
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < width; j++) *(vreal *)(y + i * PANEL + j * y_next) = sum[i][j];
}

INLINE void product_block(real *y, long y_panel, const real *w, int columns, const real *x, long x_panel,
                          const int rows, int vectors, int accumulate) {
  const long y_next = VPP > 1 ? VL : y_panel, x_next = VPP > 1 ? VL : x_panel;
  for (int j = 0; j < vectors; j += MV) {
    real *yj = y + j / VPP * y_panel + j % VPP * VL;
    const real *xj = x + j / VPP * x_panel + j % VPP * VL;
    if (j + 1 < vectors) product_tile(yj, y_next, w, columns, xj, x_next, rows, 2, accumulate);
    else product_tile(yj, y_next, w, columns, xj, x_next, rows, 1, accumulate);
  }
}

/* y = W x, or y += W x; w is packed, or 0: the zero matrix. Panel q of x starts at x + q * x_panel, of y at
 * y + q * y_panel. The rows from r0 on, a multiple of MR, are the packed matrix w + r0 * columns. */
static __attribute__((noinline, unused)) void product(real *y, long y_panel, const real *w, int rows, int columns,
                                                      const real *x, long x_panel, int vectors, int accumulate) {
  if (!w) {
    for (int q = 0; !accumulate && q * VPP < vectors; q++)
      __builtin_memset(y + q * y_panel, 0, (unsigned long)rows * PANEL * sizeof(real));
    return;
  }
  for (; rows >= MR; rows -= MR) {
    product_block(y, y_panel, w, columns, x, x_panel, MR, vectors, accumulate);
    y += MR * PANEL;
    w += MR * columns;
  }
  switch (rows) {
#define REST(r) case r: product_block(y, y_panel, w, columns, x, x_panel, r, vectors, accumulate); break;
#if MR > 6
    REST(11) REST(10) REST(9) REST(8) REST(7) REST(6)
#endif
    REST(5) REST(4) REST(3) REST(2) REST(1)
#undef REST
  }
}

/* --- Gradients of matrices --------------------------------------------------
 * Sums over the trials of a panel lie across lanes. A few rows and columns are
 * summed lane by lane and the lanes added up at the end (outer_lanes). Where
 * vectors are wide, the columns of x are first turned into vectors across
 * columns, and every value of g meets a vector of them (outer_strip): there is
 * nothing to add up, and a tile reads less. */

/* Lanes of two vectors put together: lane l of the result is lane INDEX(l, d) of a followed by b. */
#ifdef __clang__
#define v_shuffle(a, b, INDEX, d) __builtin_shufflevector(a, b, LANES(INDEX, d))
#else
#define v_shuffle(a, b, INDEX, d) __builtin_shuffle(a, b, (vint){LANES(INDEX, d)})
#endif
#define LANES2(f, d, l) f(l, d), f(l + 1, d)
#define LANES4(f, d, l) LANES2(f, d, l), LANES2(f, d, l + 2)
#define LANES8(f, d, l) LANES4(f, d, l), LANES4(f, d, l + 4)
#if VL == 2
#define LANES(f, d) LANES2(f, d, 0)
#define EACH_BIT(f) f(1)
#elif VL == 4
#define LANES(f, d) LANES4(f, d, 0)
#define EACH_BIT(f) f(1) f(2)
#elif VL == 8
#define LANES(f, d) LANES8(f, d, 0)
#define EACH_BIT(f) f(1) f(2) f(4)
#else
#define LANES(f, d) LANES8(f, d, 0), LANES8(f, d, 8)
#define EACH_BIT(f) f(1) f(2) f(4) f(8)
#endif
/* Where bit d of the lane number is 0 from the first vector, where it is 1 from the second: at the same lane (own), from
 * the lanes with the bit 0 (low) or 1 (high), or from those with the other value (other). */
#define LANE_OWN(l, d) ((l) & (d) ? VL + (l) : (l))
#define LANE_OTHER(l, d) ((l) & (d) ? VL + (l) - (d) : (l) + (d))
#define LANE_LOW(l, d) ((l) & (d) ? VL + (l) - (d) : (l))
#define LANE_HIGH(l, d) ((l) & (d) ? VL + (l) : (l) + (d))

/* Sums over lanes: lane l of the result is that of sums[l]. Overwrites its argument. */
INLINE vreal v_totals(vreal *sums) {
#define STEP(d) \
  UNROLL for (int i = 0; i < VL; i += 2 * d) \
    sums[i] = v_shuffle(sums[i], sums[i + d], LANE_OWN, d) + v_shuffle(sums[i], sums[i + d], LANE_OTHER, d);
  EACH_BIT(STEP)
#undef STEP
  return sums[0];
}

/* Lane l of row i becomes lane i of row l. */
INLINE void v_transpose(vreal *m) {
#define STEP(d) \
  UNROLL for (int i = 0; i < VL; i++) \
    if (!(i & d)) { \
      const vreal a = m[i], b = m[i + d]; \
      m[i] = v_shuffle(a, b, LANE_LOW, d); \
      m[i + d] = v_shuffle(a, b, LANE_HIGH, d); \
    }
  EACH_BIT(STEP)
#undef STEP
}

/* Rows and columns of a tile of outer products whose sums lie in lanes. */
#define OR 4
#if VBYTES == 64 || defined(__aarch64__)
#define OC 4
#else
#define OC 3
#endif

/* Sum over entries and trials of g[r] x[c] for a tile of rows and columns. */
INLINE void outer_tile(real *dw, int columns, const real *g, long g_panel, long g_step, const real *x, long x_panel,
                       long x_step, int entries, int vectors, const int rows, const int width, int accumulate) {
  vreal sum[OR][4];
  UNROLL for (int i = 0; i < OR; i++)
    UNROLL for (int j = 0; j < 4; j++) sum[i][j] = (vreal){0};
  for (int q = 0; q * VPP < vectors; q++, g += g_panel, x += x_panel) {
    const int here = vectors - q * VPP < VPP ? vectors - q * VPP : VPP;
    for (int t = 0; t < entries; t++)
      for (int v = 0; v < here; v++) {
        const real *gt = g + t * g_step + v * VL, *xt = x + t * x_step + v * VL;
        vreal xs[OC];
        UNROLL for (int j = 0; j < width; j++) xs[j] = *(const vreal *)(xt + j * PANEL);
        UNROLL for (int i = 0; i < rows; i++) {
          const vreal a = *(const vreal *)(gt + i * PANEL);
          UNROLL for (int j = 0; j < width; j++) sum[i][j] = v_madd(a, xs[j], sum[i][j]);
        }
      }
  }
  real totals[OR * 4] __attribute__((aligned(64)));
  UNROLL for (int n = 0; n < OR * 4; n += VL) *(vreal *)(totals + n) = v_totals(sum[0] + n);
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < width; j++)
      dw[i * columns + j] = totals[i * 4 + j] + (accumulate ? dw[i * columns + j] : 0);
}

/* Tiles of a few rows and columns [first, columns). */
INLINE void outer_lanes(real *dw, int first, int columns, const real *g, long g_panel, long g_step, const real *x,
                        long x_panel, long x_step, int entries, int vectors, const int rows, int accumulate) {
  int c = first;
#define TILE(width) \
  outer_tile(dw + c, columns, g, g_panel, g_step, x + (long)c * PANEL, x_panel, x_step, entries, vectors, rows, width, \
             accumulate)
  for (; c + OC <= columns; c += OC) TILE(OC);
  switch (columns - c) {
#if OC > 3
    case 3: TILE(3); break;
#endif
    case 2: TILE(2); break;
    case 1: TILE(1); break;
  }
#undef TILE
}

#if VBYTES > 16

/* With fewer rows than these, turning the columns costs more than summing over lanes. */
#define TURNED_ROWS 32
/* Rows whose entries stay in the second-level cache while the strips go by. */
#define BLOCK_ROWS 120

typedef real vloose __attribute__((vector_size(VBYTES), aligned(sizeof(real))));

/* Columns of x turned into vectors of MV * VL columns, one after the other for every trial of every entry; columns from
 * `columns` on are 0. */
INLINE void outer_turn(real *to, int columns, const real *x, long x_panel, long x_step, int entries, int vectors) {
  for (int t = 0; t < entries; t++)
    for (int j = 0; j < vectors; j++) {
      const real *from = x + t * x_step + j / VPP * x_panel + j % VPP * VL;
      UNROLL for (int part = 0; part < MV; part++) {
        vreal m[VL];
        if (columns >= (part + 1) * VL) {
          UNROLL for (int i = 0; i < VL; i++) m[i] = *(const vreal *)(from + (part * VL + i) * PANEL);
        } else {
          UNROLL for (int i = 0; i < VL; i++)
            m[i] = part * VL + i < columns ? *(const vreal *)(from + (part * VL + i) * PANEL) : (vreal){0};
        }
        v_transpose(m);
        UNROLL for (int i = 0; i < VL; i++) *(vreal *)(to + (i * MV + part) * VL) = m[i];
      }
      to += VL * MV * VL;
    }
}

/* What the tiles of one call have in common. */
typedef struct {
  long g_panel, g_step;
  int entries, vectors, stride, accumulate;
} outer_call;

/* Sum over entries and trials of g[r] x[c] for a few rows and for `columns` <= width * VL columns; x as outer_turn has
 * left it. */
INLINE void outer_turned(real *dw, int columns, const real *g, const real *x, const outer_call *call, const int rows,
                         const int width) {
  vreal sum[MR][MV];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < width; j++) sum[i][j] = (vreal){0};
  for (int t = 0; t < call->entries; t++, g += call->g_step) {
    const real *gt = g;
    for (int rest = call->vectors * VL; rest > 0; rest -= PANEL, gt += call->g_panel) {
      /* The rows of the next entry lie too far off for the processor to guess. */
      UNROLL for (int i = 0; i < rows; i++) __builtin_prefetch(gt + call->g_step + i * PANEL);
      const int lanes = rest < PANEL ? rest : PANEL;
      for (int l = 0; l < lanes; l++) {
        UNROLL for (int j = 0; j < MV; j += 64 / VBYTES) __builtin_prefetch(x + 16 * MV * VL + j * VL);
        vreal xs[MV];
        UNROLL for (int j = 0; j < width; j++) xs[j] = *(const vreal *)(x + j * VL);
        UNROLL for (int i = 0; i < rows; i++) {
          const vreal a = v_set(gt[i * PANEL + l]);
          UNROLL for (int j = 0; j < width; j++) sum[i][j] = v_madd(a, xs[j], sum[i][j]);
        }
        x += MV * VL;
      }
    }
  }
  const int stride = call->stride, accumulate = call->accumulate;
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < width; j++) {
      real *to = dw + (long)i * stride + j * VL;
      if (columns >= (j + 1) * VL) {
        *(vloose *)to = accumulate ? sum[i][j] + *(vloose *)to : sum[i][j];
      } else {
        real part[VL] __attribute__((aligned(64)));
        *(vreal *)part = sum[i][j];
        for (int c = 0; c < columns - j * VL; c++) to[c] = part[c] + (accumulate ? to[c] : 0);
      }
    }
}

/* One function for each number of rows: in one large function the compiler runs out of registers. */
#if MR == 12
#define EACH_ROWS(f) f(1) f(2) f(3) f(4) f(5) f(6) f(7) f(8) f(9) f(10) f(11) f(12)
#else
#define EACH_ROWS(f) f(1) f(2) f(3) f(4) f(5) f(6)
#endif
#define TILE_OF_ROWS(rows) \
  static __attribute__((noinline)) void outer_rows##rows(real *dw, int columns, const real *g, const real *x, \
                                                         const outer_call *call) { \
    if (columns > VL) outer_turned(dw, columns, g, x, call, rows, 2); \
    else outer_turned(dw, columns, g, x, call, rows, 1); \
  }
EACH_ROWS(TILE_OF_ROWS)
#undef TILE_OF_ROWS

/* Rows of a strip of `columns` <= MV * VL columns. */
INLINE void outer_strip(real *dw, int rows, int columns, const real *g, const real *turned, const outer_call *call) {
  for (; rows > 0; rows -= MR) {
    switch (rows < MR ? rows : MR) {
#define CASE(n) case n: outer_rows##n(dw, columns, g, turned, call); break;
      EACH_ROWS(CASE)
#undef CASE
    }
    dw += (long)MR * call->stride;
    g += MR * PANEL;
  }
}

#endif

/* dw = sum over entries and trials of g[r] x[c], or dw += that; dw is [rows, columns], row-major. Entry t of panel q of
 * g starts at g + t * g_step + q * g_panel, of x accordingly. `work` has room for all trials of all entries times the
 * columns rounded up to 32. */
static __attribute__((noinline, unused)) void outer(real *dw, int rows, int columns, const real *g, long g_panel,
                                                    long g_step, const real *x, long x_panel, long x_step, int entries,
                                                    int vectors, real *work, int accumulate) {
  int c = 0; /* columns that are done */
#if VBYTES > 16
  const outer_call call = {g_panel, g_step, entries, vectors, columns, accumulate};
  if (rows >= TURNED_ROWS)
    for (int r = 0; r < rows; r += BLOCK_ROWS)
      for (c = 0; columns - c >= VL / 2; c += MV * VL) {
        const int some = rows - r < BLOCK_ROWS ? rows - r : BLOCK_ROWS;
        const int width = columns - c < MV * VL ? columns - c : MV * VL;
        real *turned = rows > BLOCK_ROWS ? work + (long)entries * vectors * VL * c : work;
        if (r == 0) outer_turn(turned, width, x + (long)c * PANEL, x_panel, x_step, entries, vectors);
        outer_strip(dw + (long)r * columns + c, some, width, g + (long)r * PANEL, turned, &call);
      }
#else
  (void)work;
#endif
  if (c >= columns) return;
#define LANES_OF(rows) \
  outer_lanes(dw, c, columns, g, g_panel, g_step, x, x_panel, x_step, entries, vectors, rows, accumulate)
  for (; rows >= OR; rows -= OR) {
    LANES_OF(OR);
    dw += (long)OR * columns;
    g += OR * PANEL;
  }
  switch (rows) {
    case 3: LANES_OF(3); break;
    case 2: LANES_OF(2); break;
    case 1: LANES_OF(1); break;
  }
#undef LANES_OF
}

/* y = M x with a matrix of its own for every trial: m[r * columns + c] is a row of a panel. */
static __attribute__((unused)) void trial_product(real *y, const real *m, int rows, int columns, const real *x, int vectors, int transposed) {
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
static __attribute__((unused)) void reduce_rows(real *grad, const real *rows_of, int rows, int trials) {
  for (int r = 0; r < rows; r++) {
    real total = 0;
    for (int i = 0; i < trials; i++) total += rows_of[r * PANEL + i];
    grad[r] += total;
  }
}
