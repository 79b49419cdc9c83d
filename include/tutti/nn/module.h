// A part of a network: named parameters, named children, and a forward that its author writes.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tutti/autograd/node.h"
#include "tutti/base/sha256.h"
#include "tutti/nn/init.h"

namespace tutti::nn {

/// A shared handle, cheap to copy. Derive, register parts in the constructor and write forward():
///   struct Net : nn::Module {
///     nn::Linear hidden = add("hidden", nn::Linear(784, 128));
///     Variable forward(const Variable& x) const { return relu(hidden(x)); }
///   };
/// Parameters have no value until initialise(). Paths join the names of children by dots.
class Module {
 public:
  Module();

  std::vector<Variable> parameters() const;
  std::vector<std::pair<std::string, Variable>> named_parameters() const;
  /// Values that travel with the module but are not trained.
  std::vector<std::pair<std::string, Variable>> named_buffers() const;
  std::int64_t parameter_count() const;

  /// Gives every parameter and buffer a value, each from the random stream that its path addresses.
  void initialise(std::uint64_t seed, const Device& device = {}, Dtype dtype = Dtype::f32);
  /// Moves values; call it before parallel wrappers and optimizers are made.
  void to(const Device& device);
  void zero_grad();

  /// Training (the default) or evaluation, for this module and all below.
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return state_->training; }

  /// Where random ops below draw from now on: equal positions give equal draws, whatever the rank.
  void set_random_position(std::uint64_t step, std::uint64_t shard);

  /// SHA-256 of all parameters and buffers, in order of registration. Waits for the device.
  Sha256::Digest digest() const;

 protected:
  /// Registers a child under a name and returns it: the handle stored and the one returned share
  /// everything.
  template <class M>
  M add(std::string name, M module) {
    add_child(std::move(name), module);
    return module;
  }
  Variable add_parameter(std::string name, const Shape& shape, Init init);
  Variable add_buffer(std::string name, const Shape& shape, Init init);

  struct Draw {
    std::uint64_t key, stream;
  };
  /// Fresh random numbers for one call of a random op.
  Draw next_draw() const;

 private:
  struct Entry {
    std::string name;
    Shape shape;
    Init init;
    Variable variable;
  };
  struct State {
    std::vector<Entry> parameters, buffers;
    std::vector<std::pair<std::string, Module>> children;
    bool training = true;
    std::uint64_t key = 0, step = 0, shard = 0, calls = 0;
  };
  template <class F>
  void visit(const std::string& path, const F& f) const;
  void add_child(std::string name, const Module& module);
  static Variable add_entry(std::vector<Entry>& entries, std::string name, const Shape& shape,
                            Init init, Variable variable);

  std::shared_ptr<State> state_;
};

}  // namespace tutti::nn
