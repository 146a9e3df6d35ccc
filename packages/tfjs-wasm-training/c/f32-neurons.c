#include "surrogate.h"

// Neurons over all time steps, described by data. A step, without what a neuron lacks:
//
//   V ← λ·V + I(t) + share·θ
//   s⁺ = Σ over n ≤ Γ of [V − n·θ ≥ 0]         with `above` also V ≠ θ
//   V ← V − θ·s⁺ (soft reset), or V·(1 − s⁺₁) (hard)
//   signed:        s⁻ = [−(V + θ⁻) ≥ 0] of V before the reset, θ⁻ = below·θ; V ← V + θ⁻·s⁻, or V·(1 − s⁻)
//   compensating:  N ← N + s⁺; y = V + ε·θ; z = N − ½; s⁻ = [y < 0]·[z ≥ 0]; V ← V + θ·s⁻; N ← N − s⁻
//   s = s⁺ − s⁻
enum negative { NEVER, SIGNED, COMPENSATING };

struct neuron {
  int hard, above, leaky, negative, most;
  // The shift's share of θ (0: none), θ⁻/θ, and ε.
  float share, below, tolerance;
  // Whether a spike is worth 1, not θ.
  int one;
};

// Sizes, and where parameters and their gradients stand: `rows` × `inner` neurons an image. A parameter has one value, `inner` (one a channel), or one
// a neuron.
struct layout {
  int steps, current_steps, batch, rows, inner;
  int theta_count, start_count, leak_count, slope_count;
  struct neuron neuron;
  int surrogate;
};

INLINE f32x4 take(const float *p, int left) { return left < 4 ? load_part4(p, left) : load4(p); }
INLINE void put(float *p, f32x4 x, int left) {
  if (left < 4) store_part4(p, x, left);
  else store4(p, x);
}

// Where the value of neuron (row, j) stands among `count`.
INLINE int place(int count, int inner, int row, int j) {
  return count == 1 ? 0 : count == inner ? j : row * inner + j;
}
INLINE f32x4 parameter(const float *p, int count, int inner, int row, int j, int left) {
  return count == 1 ? splat4(p) : take(p + place(count, inner, row, j), left);
}

// A step's decisions.
struct decisions {
  // V before the reset, s⁺₁, s⁺, the count after s⁺, V after the reset of s⁺, and s⁻.
  f32x4 charged, first, positive, count, rest, negative;
};

INLINE f32x4 one_where(v128_t mask) { return wasm_v128_and(wasm_f32x4_const_splat(1.0f), mask); }

INLINE f32x4 charge(struct neuron of, f32x4 potential, f32x4 current, f32x4 theta, f32x4 leak) {
  const f32x4 kept = add4(of.leaky ? mul4(leak, potential) : potential, current);
  return of.share == 0.0f ? kept : add4(kept, mul4(theta, wasm_f32x4_splat(of.share)));
}

INLINE struct decisions decide(struct neuron of, f32x4 charged, f32x4 theta, f32x4 count) {
  const f32x4 zero = zero4(), one = wasm_f32x4_const_splat(1.0f);
  struct decisions by;
  by.charged = charged;
  const f32x4 x = sub4(charged, theta);
  by.first = one_where(of.above ? wasm_f32x4_gt(x, zero) : wasm_f32x4_ge(x, zero));
  by.positive = by.first;
  for (int n = 2; n <= of.most; n++) {
    const f32x4 further = sub4(charged, mul4(theta, wasm_f32x4_splat((float)n)));
    by.positive = add4(by.positive, one_where(wasm_f32x4_ge(further, zero)));
  }
  by.rest = of.hard ? mul4(charged, sub4(one, by.first)) : sub4(charged, mul4(theta, by.positive));
  by.count = add4(count, by.positive);
  by.negative = zero;
  if (of.negative == SIGNED) {
    const f32x4 below = mul4(theta, wasm_f32x4_splat(of.below));
    by.negative = one_where(wasm_f32x4_le(add4(charged, below), zero));
  } else if (of.negative == COMPENSATING) {
    const f32x4 y = add4(by.rest, mul4(theta, wasm_f32x4_splat(of.tolerance)));
    const f32x4 z = sub4(by.count, wasm_f32x4_const_splat(0.5f));
    by.negative = one_where(wasm_v128_and(wasm_f32x4_lt(y, zero), wasm_f32x4_ge(z, zero)));
  }
  return by;
}

// V after a step.
INLINE f32x4 after(struct neuron of, struct decisions by, f32x4 theta) {
  if (of.negative == NEVER) return by.rest;
  if (of.negative == COMPENSATING) return add4(by.rest, mul4(theta, by.negative));
  if (of.hard) return mul4(by.rest, sub4(wasm_f32x4_const_splat(1.0f), by.negative));
  return add4(by.rest, mul4(mul4(theta, wasm_f32x4_splat(of.below)), by.negative));
}

INLINE void run_forward(const struct layout *s, struct neuron of, const float *current, const float *theta,
                        const float *start, const float *leak, float *value, float *excess) {
  const f32x4 zero = zero4();
  const int inner = s->inner, size = s->rows * inner, all = s->steps * s->batch * size;
  for (int n = 0; n < s->batch; n++) {
    for (int row = 0; row < s->rows; row++) {
      for (int j = 0; j < inner; j += 4) {
        const int left = min_int(inner - j, 4);
        const f32x4 threshold = parameter(theta, s->theta_count, inner, row, j, left);
        const f32x4 kept = of.leaky ? parameter(leak, s->leak_count, inner, row, j, left) : zero;
        f32x4 potential = parameter(start, s->start_count, inner, row, j, left), count = zero;
        for (int t = 0; t < s->steps; t++) {
          const int at = (t * s->batch + n) * size + row * inner + j;
          const int now = s->current_steps == 1 ? n * size + row * inner + j : at;
          const f32x4 charged = charge(of, potential, take(current + now, left), threshold, kept);
          const struct decisions by = decide(of, charged, threshold, count);
          const f32x4 spikes = sub4(by.positive, by.negative);
          if (value != 0) {
            // x − x is 0, but NaN where x is: what is broken is not to pass for silence.
            put(value + at, add4(of.one ? spikes : mul4(threshold, spikes), sub4(charged, charged)), left);
          }
          if (excess != 0) {
            float *to = excess + at;
            for (int k = 1; k <= of.most; k++, to += all) {
              put(to, sub4(charged, k == 1 ? threshold : mul4(threshold, wasm_f32x4_splat((float)k))), left);
            }
            if (of.negative == SIGNED) {
              put(to, wasm_f32x4_neg(add4(charged, mul4(threshold, wasm_f32x4_splat(of.below)))), left);
            } else if (of.negative == COMPENSATING) {
              put(to, add4(by.rest, mul4(threshold, wasm_f32x4_splat(of.tolerance))), left);
              put(to + all, sub4(by.count, wasm_f32x4_const_splat(0.5f)), left);
            }
          }
          potential = after(of, by, threshold);
          count = sub4(by.count, by.negative);
        }
      }
    }
  }
}

// Variants for the two usual neurons, so that what they lack costs them nothing.
INLINE int is_plain(struct neuron of) {
  return !of.hard && !of.above && !of.leaky && of.most == 1 && of.share == 0.0f && !of.one;
}
INLINE struct neuron plain(int negative, float tolerance) {
  return (struct neuron){0, 0, 0, negative, 1, 0.0f, 0.0f, tolerance, 0};
}

// value = θ·s (or s), [T·N, size], and excess: of every decision of a step its x, one [T·N, size] behind the other; either may be 0. The current is
// [T·N, size], or [N, size] where `current_steps` is 1.
KERNEL(f32_neurons_4)(const struct layout *s, const float *current, const float *theta, const float *start,
                      const float *leak, float *value, float *excess) {
  const struct neuron of = s->neuron;
  if (is_plain(of) && of.negative == NEVER) {
    run_forward(s, plain(NEVER, 0.0f), current, theta, start, leak, value, excess);
  } else if (is_plain(of) && of.negative == COMPENSATING) {
    run_forward(s, plain(COMPENSATING, of.tolerance), current, theta, start, leak, value, excess);
  } else {
    run_forward(s, of, current, theta, start, leak, value, excess);
  }
}

// A parameter's gradient: summed in float32 within an image, over images in float64; or, with one value a neuron, straight in the result.
struct sink {
  float *image;
  double *total;
  int count, values;
};

INLINE struct sink make_sink(float *result, int count, const struct layout *s, int which, float *images, double *totals) {
  const int room = s->inner + 4;
  const int direct = count == s->rows * s->inner && count != 1;
  const struct sink to = {direct ? result : images + which * room, direct ? 0 : totals + which * room, count,
                          count == 1 ? 4 : count};
  for (int k = 0; k < to.values; k++) to.image[k] = 0.0f;
  if (!direct)
    for (int k = 0; k < to.values; k++) to.total[k] = 0.0;
  return to;
}
INLINE void add_to_sink(struct sink to, int inner, int row, int j, f32x4 x, int left) {
  float *at = to.image + place(to.count, inner, row, j);
  put(at, add4(take(at, left), x), left);
}
INLINE void end_image(struct sink to) {
  if (to.total == 0) return;
  for (int k = 0; k < to.values; k++) {
    to.total[k] += to.image[k];
    to.image[k] = 0.0f;
  }
}
INLINE void end_sink(struct sink to, float *result) {
  if (to.total == 0) return;
  if (to.count == 1) result[0] = (float)((to.total[0] + to.total[1]) + (to.total[2] + to.total[3]));
  else
    for (int k = 0; k < to.values; k++) result[k] = (float)to.total[k];
}

INLINE void run_backward(const struct layout *s, struct neuron of, const float *dy, const float *current,
                         const float *derivative, const float *theta, const float *start, const float *leak,
                         const float *slope, float *dcurrent, float *dtheta, float *dstart, float *dleak,
                         float *dslope, float *scratch) {
  const f32x4 zero = zero4(), one = wasm_f32x4_const_splat(1.0f), half = wasm_f32x4_const_splat(0.5f);
  const int inner = s->inner, size = s->rows * inner, all = s->steps * s->batch * size, steps = s->steps;
  const int room = inner + 4;
  double *totals = (double *)scratch;
  float *images = (float *)(totals + 4 * room);
  // By step: V before it, V charged, and the number of spikes before it.
  float *history = images + 4 * room;
  const struct sink by_theta = make_sink(dtheta, s->theta_count, s, 0, images, totals);
  const struct sink by_start = make_sink(dstart, s->start_count, s, 1, images, totals);
  const struct sink by_leak = make_sink(dleak, of.leaky ? s->leak_count : 1, s, 2, images, totals);
  const struct sink by_slope = make_sink(dslope, s->slope_count, s, 3, images, totals);
  const f32x4 share = wasm_f32x4_splat(of.share), below = wasm_f32x4_splat(of.below);
  const f32x4 tolerance = wasm_f32x4_splat(of.tolerance);
  for (int n = 0; n < s->batch; n++) {
    for (int row = 0; row < s->rows; row++) {
      for (int j = 0; j < inner; j += 4) {
        const int left = min_int(inner - j, 4), neuron = row * inner + j;
        const f32x4 threshold = parameter(theta, s->theta_count, inner, row, j, left);
        const f32x4 kept = of.leaky ? parameter(leak, s->leak_count, inner, row, j, left) : zero;
        const f32x4 k = parameter(slope, s->slope_count, inner, row, j, left);
        f32x4 potential = parameter(start, s->start_count, inner, row, j, left), count = zero;
        for (int t = 0; t < steps; t++) {
          const int now = ((s->current_steps == 1 ? 0 : t) * s->batch + n) * size + neuron;
          const f32x4 charged = charge(of, potential, take(current + now, left), threshold, kept);
          const struct decisions by = decide(of, charged, threshold, count);
          float *to = history + 12 * t;
          store4(to + 4, charged);
          if (of.leaky) store4(to, potential);
          if (of.negative == COMPENSATING) store4(to + 8, count);
          potential = after(of, by, threshold);
          count = sub4(by.count, by.negative);
        }
        // ∂loss/∂V and ∂loss/∂N after step t, and sums over the steps.
        f32x4 by_potential = zero, by_count = zero, sum = zero, theta_sum = zero, leak_sum = zero, slope_sum = zero;
        for (int t = steps - 1; t >= 0; t--) {
          const int at = (t * s->batch + n) * size + neuron;
          const float *from = history + 12 * t;
          const f32x4 charged = load4(from + 4), given = take(dy + at, left);
          const struct decisions by = decide(of, charged, threshold, of.negative == COMPENSATING ? load4(from + 8) : zero);
          const f32x4 by_spikes = of.one ? given : mul4(threshold, given);
          if (!of.one) theta_sum = add4(theta_sum, mul4(given, sub4(by.positive, by.negative)));
          int place_of = at;
          // ∂loss/∂x of a decision, by that of its spike; x adds to the slope's gradient.
#define THROUGH(by_spike, x, which)                                                                                    \
  mul4(by_spike, s->surrogate == GIVEN ? take(derivative + place_of + (which) * all, left)                             \
                                       : mul4(k, surrogate_derivative4(s->surrogate, mul4(x, k))))
          f32x4 by_rest = by_potential, by_charged = zero, by_first, by_further;
          if (of.negative == SIGNED) {
            const f32x4 under = mul4(threshold, below), x = wasm_f32x4_neg(add4(charged, under));
            const f32x4 by_after = of.hard ? wasm_f32x4_neg(mul4(by_potential, by.rest)) : mul4(by_potential, under);
            const f32x4 through = THROUGH(sub4(by_after, by_spikes), x, of.most);
            if (of.hard) by_rest = mul4(by_potential, sub4(one, by.negative));
            else theta_sum = add4(theta_sum, mul4(below, mul4(by_potential, by.negative)));
            theta_sum = sub4(theta_sum, mul4(below, through));
            by_charged = sub4(by_charged, through);
            slope_sum = add4(slope_sum, mul4(through, x));
          } else if (of.negative == COMPENSATING) {
            const f32x4 y = add4(by.rest, mul4(threshold, tolerance)), z = sub4(by.count, half);
            const f32x4 by_negative = sub4(sub4(mul4(threshold, by_potential), by_spikes), by_count);
            const f32x4 back = THROUGH(wasm_v128_and(by_negative, wasm_f32x4_ge(z, zero)), y, of.most);
            const f32x4 gate = THROUGH(wasm_v128_and(by_negative, wasm_f32x4_lt(y, zero)), z, of.most + 1);
            theta_sum = add4(theta_sum, sub4(mul4(by_potential, by.negative), mul4(tolerance, back)));
            by_rest = sub4(by_rest, back);
            by_count = add4(by_count, gate);
            slope_sum = add4(slope_sum, sub4(mul4(gate, z), mul4(back, y)));
          }
          if (of.hard) {
            by_charged = add4(by_charged, mul4(by_rest, sub4(one, by.first)));
            by_further = by_spikes;
            by_first = sub4(by_further, mul4(by_rest, charged));
          } else {
            by_charged = add4(by_charged, by_rest);
            theta_sum = sub4(theta_sum, mul4(by_rest, by.positive));
            by_further = by_first = add4(sub4(by_spikes, mul4(threshold, by_rest)), by_count);
          }
          const f32x4 x = sub4(charged, threshold);
          if (of.above) by_first = wasm_v128_and(by_first, wasm_f32x4_ne(x, zero));
          const f32x4 through = THROUGH(by_first, x, 0);
          by_charged = add4(by_charged, through);
          theta_sum = sub4(theta_sum, through);
          slope_sum = add4(slope_sum, mul4(through, x));
          for (int m = 2; m <= of.most; m++) {
            const f32x4 times = wasm_f32x4_splat((float)m), further = sub4(charged, mul4(threshold, times));
            const f32x4 by_x = THROUGH(by_further, further, m - 1);
            by_charged = add4(by_charged, by_x);
            theta_sum = sub4(theta_sum, mul4(times, by_x));
            slope_sum = add4(slope_sum, mul4(by_x, further));
          }
#undef THROUGH
          if (s->current_steps == 1) sum = add4(sum, by_charged);
          else put(dcurrent + at, by_charged, left);
          if (of.share != 0.0f) theta_sum = add4(theta_sum, mul4(share, by_charged));
          if (of.leaky) leak_sum = add4(leak_sum, mul4(by_charged, load4(from)));
          by_potential = of.leaky ? mul4(kept, by_charged) : by_charged;
        }
        if (s->current_steps == 1) put(dcurrent + n * size + neuron, sum, left);
        add_to_sink(by_theta, inner, row, j, theta_sum, left);
        add_to_sink(by_start, inner, row, j, by_potential, left);
        if (of.leaky) add_to_sink(by_leak, inner, row, j, leak_sum, left);
        if (s->surrogate != NONE) add_to_sink(by_slope, inner, row, j, wasm_f32x4_div(slope_sum, k), left);
      }
    }
    end_image(by_theta);
    end_image(by_start);
    end_image(by_leak);
    end_image(by_slope);
  }
  end_sink(by_theta, dtheta);
  end_sink(by_start, dstart);
  end_sink(by_leak, dleak);
  end_sink(by_slope, dslope);
}

// Backwards through all steps, which are run again instead of having been kept. `dy` is ∂loss/∂value; `derivative` is σ′ of the excess where the
// surrogate is GIVEN. Results: ∂loss/∂current, of the current's shape, and those of θ, V(0), λ and the slope k, of theirs, summed over the batch: σ
// depends on k·x alone, so that ∂σ/∂k is σ′(x)·x/k.
KERNEL(f32_neurons_gradient_4)(const struct layout *s, const float *dy, const float *current, const float *derivative,
                               const float *theta, const float *start, const float *leak, const float *slope,
                               float *dcurrent, float *dtheta, float *dstart, float *dleak, float *dslope,
                               float *scratch) {
  const struct neuron of = s->neuron;
  if (is_plain(of) && of.negative == NEVER) {
    run_backward(s, plain(NEVER, 0.0f), dy, current, derivative, theta, start, leak, slope, dcurrent, dtheta, dstart,
                 dleak, dslope, scratch);
  } else if (is_plain(of) && of.negative == COMPENSATING) {
    run_backward(s, plain(COMPENSATING, of.tolerance), dy, current, derivative, theta, start, leak, slope, dcurrent,
                 dtheta, dstart, dleak, dslope, scratch);
  } else {
    run_backward(s, of, dy, current, derivative, theta, start, leak, slope, dcurrent, dtheta, dstart, dleak, dslope,
                 scratch);
  }
}
