// This machine as a topology for simulations, and how well they predict it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

/// Both run on all ranks that mpirun started, over plain MPI messages, and initialise MPI unless
/// the caller has. They return the exit code.

/// Measures calls, messages between neighbours and combinations at `sizes`, and writes them
/// to `file` as the topology of one node.
int calibrate(const std::string& file, const std::vector<std::size_t>& sizes);

/// Prints for every algorithm and size what `topology` (a file) predicts, what is measured, and
/// the error of the prediction.
int compare_with_prediction(const std::string& topology, const std::vector<std::size_t>& sizes);
