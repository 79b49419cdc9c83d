// What a module's state holds beside its parameters and buffers, whose names are paths.
#pragma once

namespace tutti::nn {

inline constexpr const char* seed_name = "random_seed";
inline constexpr const char* calls_name = "random_calls";  ///< of a module that counts its own

}  // namespace tutti::nn
