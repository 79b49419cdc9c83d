#include "tutti/autograd/checkpoint.h"

#include <any>
#include <exception>
#include <optional>

#include "tutti/autograd/autocast.h"
#include "tutti/autograd/node.h"
#include "tutti/autograd/observer.h"

namespace tutti {
namespace {

// The draws of one run of a function. Functions may stand within each other: what an inner one
// draws in its first run may be a second run of the outer one.
class DrawLog {
 public:
  DrawLog(std::vector<RandomDraw>& draws, bool replays)
      : draws_(draws), replays_(replays), outer_(current) {
    current = this;
  }
  ~DrawLog() { current = outer_; }
  DrawLog(const DrawLog&) = delete;
  DrawLog& operator=(const DrawLog&) = delete;

  static bool any_replays() {
    for (const DrawLog* log = current; log; log = log->outer_)
      if (log->replays_) return true;
    return false;
  }
  static RandomDraw next(DrawLog* log, const std::function<RandomDraw()>& draw) {
    if (!log) return draw();
    if (!log->replays_) return log->draws_.emplace_back(next(log->outer_, draw));
    if (log->next_ == log->draws_.size())
      raise("checkpoint: found a function that draws more random numbers when it is run again");
    return log->draws_[log->next_++];
  }
  static thread_local DrawLog* current;

 private:
  std::vector<RandomDraw>& draws_;
  bool replays_;
  std::size_t next_ = 0;
  DrawLog* outer_;
};
thread_local DrawLog* DrawLog::current = nullptr;

// A function that will run again, and what its second run gave.
class Segment : public OpObserver, public std::enable_shared_from_this<Segment> {
 public:
  Segment(detail::Recompute recompute, std::span<const Variable> inputs)
      : recompute_(std::move(recompute)) {
    for (const Variable& input : inputs)
      inputs_.push_back({SavedTensor(input.value()), input.requires_grad()});
  }

  SavedTensorHooks hooks() {
    return {[self = shared_from_this()](const Tensor& value) { return self->pack(value); },
            [](const std::any& packed) {
              const auto& ticket = *std::any_cast<const std::shared_ptr<Ticket>&>(packed);
              return ticket.segment->take(ticket);
            }};
  }

  // The leaves that its ops read: in the second run they must be what they were.
  void end(std::string_view, Pass, std::span<const Tensor>, const Node* node) override {
    if (!node) return;
    for (const Node::Edge& edge : node->edges)
      if (edge.leaf) leaves_.push_back({edge.leaf, edge.leaf->value, edge.leaf->value.version()});
  }

  /// The first run is over.
  void end_recording() { recorded_ = true; }

  std::vector<RandomDraw> draws;

 private:
  // One saved tensor; where that is let go, what was computed again goes, too.
  struct Ticket {
    std::shared_ptr<Segment> segment;
    std::size_t number;
    Shape shape;
    Dtype dtype;
    ~Ticket() {
      if (number < segment->again_.size()) segment->again_[number] = Tensor();
    }
  };
  struct Input {
    SavedTensor value;
    bool requires_grad;
  };
  struct Leaf {
    std::shared_ptr<VariableState> state;
    Tensor value;
    std::uint64_t version;
  };

  std::any pack(const Tensor& value) {
    return std::make_shared<Ticket>(shared_from_this(), packed_++, value.shape(), value.dtype());
  }

  Tensor take(const Ticket& ticket) {
    if (ticket.number >= again_.size() || !again_[ticket.number]) run_again();
    Tensor value;
    if (ticket.number < again_.size()) value = std::move(again_[ticket.number]);
    if (!value || value.shape() != ticket.shape || value.dtype() != ticket.dtype)
      raise("checkpoint: found a function whose ops save other tensors when it is run again: ",
            value ? text(value.shape(), " of ", value.dtype()) : "none", ", expected ",
            ticket.shape, " of ", ticket.dtype, "; it must compute the same each time");
    return value;
  }

  void run_again() {
    for (const Leaf& leaf : leaves_)
      if (!leaf.state->value.same_memory(leaf.value) || leaf.value.version() != leaf.version)
        raise("backward: a checkpointed function reads a leaf ", leaf.value.shape(),
              " that was changed between forward and backward, as by an optimizer's step; run "
              "forward again");
    std::vector<Variable> inputs;
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      inputs.emplace_back(inputs_[i].value.load("checkpoint", "input", i),
                          inputs_[i].requires_grad);
    again_.clear();
    const auto keep = [this](const Tensor& value) {
      again_.push_back(value);
      return std::any(value);
    };
    const SavedTensorHooksScope hooks(
        {keep, [](const std::any& value) { return std::any_cast<const Tensor&>(value); }});
    const DrawLog log(draws, true);
    const WithGrad recording;
    const Autocast scope(autocast_);
    recompute_(inputs);
    if (recorded_ && again_.size() != packed_)
      raise("checkpoint: found a function whose ops save ", again_.size(),
            " tensors when it is run again, expected ", packed_,
            "; it must compute the same each time");
  }

  detail::Recompute recompute_;
  std::vector<Input> inputs_;
  std::vector<Leaf> leaves_;
  std::optional<Dtype> autocast_ = autocast_dtype();
  std::size_t packed_ = 0;
  bool recorded_ = false;
  std::vector<Tensor> again_;  ///< by number, until they are read
};

}  // namespace

struct detail::CheckpointScope::Parts {
  explicit Parts(std::shared_ptr<Segment> made)
      : segment(std::move(made)),
        hooks(segment->hooks()),
        observer(*segment),
        log(segment->draws, false) {}
  std::shared_ptr<Segment> segment;
  SavedTensorHooksScope hooks;
  OpObserverScope observer;
  DrawLog log;
};

detail::CheckpointScope::CheckpointScope(Recompute recompute, std::span<const Variable> inputs)
    : parts_(std::make_unique<Parts>(std::make_shared<Segment>(std::move(recompute), inputs))) {}
detail::CheckpointScope::~CheckpointScope() {
  parts_->segment->end_recording();
}

bool recomputing() {
  return DrawLog::any_replays();
}

RandomDraw draw_once(const std::function<RandomDraw()>& draw) {
  return DrawLog::next(DrawLog::current, draw);
}

}  // namespace tutti
