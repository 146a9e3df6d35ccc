#include "neurons-over-time.h"

// Integrate-and-fire that takes back spikes: V ← V + I(t); x = V − θ; s⁺ = [x ≥ 0]; V ← V − θ·s⁺; N ← N + s⁺; y = V + ε·θ; z = N − ½;
// s⁻ = [y < 0]·[z ≥ 0]; V ← V + θ·s⁻; N ← N − s⁻; s = s⁺ − s⁻.

// value = θ·s, [T·N, size]; excess = x, behind it y, and behind that z, [3·T·N, size]. The current is [T·N, size], or [N, size] where
// `current_steps` is 1.
KERNEL(f32_compensating_integrate_and_fire_4)(const float *current, const float *theta, const float *start, float *value,
                                              float *excess, int steps, int current_steps, int batch, int size,
                                              int theta_count, int start_count, float tolerance) {
  const f32x4 zero = zero4(), one = wasm_f32x4_const_splat(1.0f), half = wasm_f32x4_const_splat(0.5f);
  const f32x4 share = wasm_f32x4_splat(tolerance);
  const int all = steps * batch * size;
  for (int n = 0; n < batch; n++) {
    for (int j = 0; j < size; j += 4) {
      const int left = min_int(size - j, 4);
      const f32x4 threshold = parameter(theta, j, theta_count, left);
      const f32x4 slack = mul4(threshold, share);
      f32x4 potential = parameter(start, j, start_count, left);
      f32x4 balance = zero;
      for (int t = 0; t < steps; t++) {
        const int now = ((current_steps == 1 ? 0 : t) * batch + n) * size + j;
        const int at = (t * batch + n) * size + j;
        const f32x4 charged = add4(potential, take(current + now, left));
        const f32x4 x = sub4(charged, threshold);
        const v128_t fired = wasm_f32x4_ge(x, zero);
        const f32x4 rest = sub4(charged, wasm_v128_and(threshold, fired));
        balance = add4(balance, wasm_v128_and(one, fired));
        const f32x4 y = add4(rest, slack), z = sub4(balance, half);
        const v128_t taken = wasm_v128_and(wasm_f32x4_lt(y, zero), wasm_f32x4_ge(z, zero));
        balance = sub4(balance, wasm_v128_and(one, taken));
        const f32x4 back = wasm_v128_and(threshold, taken);
        // x − x is 0, but NaN where x is: what is broken is not to pass for silence.
        put(value + at, add4(sub4(wasm_v128_and(threshold, fired), back), sub4(x, x)), left);
        put(excess + at, x, left);
        put(excess + all + at, y, left);
        put(excess + 2 * all + at, z, left);
        potential = add4(rest, back);
      }
    }
  }
}

// Backwards through all steps. `dy` is ∂loss/∂value, [T·N, size]; `derivative` σ′ of the excess, [3·T·N, size]. Results as of
// f32_integrate_and_fire_gradient_4, the slope's over all three places where a surrogate stands.
KERNEL(f32_compensating_integrate_and_fire_gradient_4)(const float *dy, const float *excess, const float *derivative,
                                                       const float *theta, float *dcurrent, float *dstart,
                                                       float *dtheta, float *dslope, int steps, int current_steps,
                                                       int batch, int size, int theta_count, float tolerance) {
  const f32x4 zero = zero4(), share = wasm_f32x4_splat(tolerance);
  const int all = steps * batch * size;
  const gradients into = {dcurrent, dstart, dtheta, dslope, current_steps, size};
  begin_gradients(into);
  for (int n = 0; n < batch; n++) {
    for (int j = 0; j < size; j += 4) {
      const int left = min_int(size - j, 4);
      const f32x4 threshold = parameter(theta, j, theta_count, left);
      derivatives by = zero_derivatives();
      f32x4 by_balance = zero;
      for (int t = steps - 1; t >= 0; t--) {
        const int at = (t * batch + n) * size + j;
        const f32x4 x = take(excess + at, left), y = take(excess + all + at, left);
        const f32x4 z = take(excess + 2 * all + at, left), given = take(dy + at, left);
        const v128_t fired = wasm_f32x4_ge(x, zero), below = wasm_f32x4_lt(y, zero), any = wasm_f32x4_ge(z, zero);
        const f32x4 beyond = sub4(by.potential, given);
        // By s⁻, and from it by y (the sign turned) and by z.
        const f32x4 by_taken = sub4(mul4(threshold, beyond), by_balance);
        const f32x4 back = mul4(wasm_v128_and(by_taken, any), take(derivative + all + at, left));
        const f32x4 gate = mul4(wasm_v128_and(by_taken, below), take(derivative + 2 * all + at, left));
        const f32x4 by_rest = sub4(by.potential, back);
        by_balance = add4(by_balance, gate);
        const f32x4 ahead = sub4(given, by_rest);
        const f32x4 through = mul4(add4(mul4(threshold, ahead), by_balance), take(derivative + at, left));
        const v128_t taken = wasm_v128_and(below, any);
        const f32x4 spikes = add4(wasm_v128_and(ahead, fired), wasm_v128_and(beyond, taken));
        by.theta = add4(by.theta, sub4(sub4(spikes, through), mul4(share, back)));
        by.slope = add4(by.slope, add4(sub4(mul4(through, x), mul4(back, y)), mul4(gate, z)));
        by.potential = add4(by_rest, through);
        by = through_current(by, into, at, left);
      }
      end_gradients(by, into, n, j, left);
    }
  }
}
