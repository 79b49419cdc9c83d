// Clipping by the norm of all gradients together: g0 = #0 [5], g1 = #1 [2, 3], g2 = #2 [7].
// norm: before. clipped_*: what is left for a norm of 1, which PyTorch multiplies by
// 1 / (norm + 1e-6). With a norm of 2 nothing changes.
// Written by generate.py with PyTorch 2.15.0; f64.
#pragma once

namespace golden::clip_grad_norm {

// clang-format off
inline constexpr double norm = 1.3018364368912119;
inline constexpr double clipped_g0[] = {  // [5]
    -0.3840725315090033, -0.38330130152605346, -0.35939317205460947, -0.19666364565220049,
    -0.3632493219693585
};
inline constexpr double clipped_g1[] = {  // [2, 3]
    0.23753883474854018, -0.134965247016216, 0.06169839863598446, -0.09794620783462533,
    -0.11028588756182223, -0.2568195843222853
};
inline constexpr double clipped_g2[] = {  // [7]
    0.2845838637084783, 0.21748685519184524, -0.10180235774937436, 0.003856149914749029,
    0.040103959113389896, -0.02853550936914281, 0.3138906030605709
};
// clang-format on

}  // namespace golden::clip_grad_norm
