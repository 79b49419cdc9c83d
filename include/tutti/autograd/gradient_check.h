// A function's derivatives against central differences.
#pragma once

#include "tutti/autograd/variable.h"

namespace tutti {

struct GradientCheckOptions {
  double step = 1e-5;  ///< to either side of an element
  /// What a derivative may differ by: absolute + relative * |central difference|. Central
  /// differences err by about step^2 f'''/6 + 1e-16 |f| / step.
  double absolute = 2e-6, relative = 2e-6;
  bool second = true;  ///< check the derivatives of the derivatives, too
};

/// Compares the derivatives of f by each element of each input with central differences: the first
/// derivatives as backward computes them, those that are recorded (create_graph), and the second
/// ones. f gives one value of any shape, of which a weighted sum is differentiated, and the same
/// each time; it must be smooth within a step of the inputs. The inputs are leaves of f64 that
/// require a gradient; they may also be what f holds (parameters of a module), since they are
/// moved in place, and have their values again afterwards. Calls f about four times for each
/// element. Error that names input, element, both numbers and tolerance where one is off.
void gradient_check(const std::function<Variable(const std::vector<Variable>&)>& f,
                    const std::vector<Variable>& inputs, const GradientCheckOptions& options = {});

}  // namespace tutti
