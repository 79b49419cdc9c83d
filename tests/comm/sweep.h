// The sweep: one rank passes or does something else in a call, over all calls.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/comm/communicator.h"
#include "tutti/comm/problem.h"

namespace tutti::test::sweep {

/// What a rank passes to a call, as far as the call has such arguments.
struct Arguments {
  std::size_t count = 12;  ///< of the whole; a multiple of 12
  Dtype dtype = Dtype::f32;
  ReduceOp op = ReduceOp::sum();
  int root = 0;  ///< or the peer of the last rank
  bool other_parts = false;
  bool in_place = false;
  Order order = Order::canonical;
  std::string_view algorithm = {};
  std::string_view label = {};
  int option = 0;               ///< which of the call's own options has another value; 0: none
  std::byte* memory = nullptr;  ///< for the blocks, where they do not lie in memory of their own
  bool in_background = false;   ///< the _async form
  std::size_t usual_count = 12, last_count = 12;  ///< what the others pass, and the last rank
};

/// Makes the call, and waits for it; whether this rank's results are those of one rank's sums.
using Once = std::function<bool()>;
/// What comes before, on all ranks alike.
using Prepare = std::function<Once(Communicator&, const Arguments&)>;

/// A row of the table.
struct Call {
  std::string name;
  std::string arguments;       ///< columns that apply, as in "count dtype root"
  std::vector<Prepare> forms;  ///< each makes every cell
  std::string says = {};       ///< what its own messages say of any argument that differs
  int options = 0;
  bool forgeable = true;  ///< messages of the last rank reach others before others wait for it
  bool in_background = false;

  bool has(std::string_view column) const {
    return text(' ', arguments, ' ').find(text(' ', column, ' ')) != std::string::npos;
  }
};

std::vector<Call> calls_of_comm();
std::vector<Call> calls_of_parallel();

/// What the last rank does, other arguments aside.
enum class Way { once, other_order, once_more, once_less, absent, thread, late, strict, forged };

struct Column {
  std::string name;
  void (*change)(Arguments& of_last, int last) = nullptr;
  Way way = Way::once;
  /// What a fitting message says, one of these; nothing where no error fits.
  std::vector<std::string> words = {};
  bool to_deadline = false;  ///< some calls wait until TUTTI_TIMEOUT
  int at_a_time = 6;         ///< more where they sleep
};

const std::vector<Column>& columns();

/// Of every call "named", "right", or "deadline" (all are told at TUTTI_TIMEOUT, but not why), or
/// several of them where layouts, sizes or forms differ; "-" where it has no such argument; else
/// what went wrong, and where. Tries several at a time.
std::vector<std::string> cells(const std::vector<Call>& calls, const Column& column);

}  // namespace tutti::test::sweep
