// A transport that counts what algorithms claim.
#pragma once

#include "tutti/comm/transport.h"

namespace tutti::test {

/// Passes everything on to another transport. A step is an exchange that moves bytes; steps() is
/// the longest chain of steps that this rank's last one depended on (Lamport's clock: an exchange
/// ends one after the latest of its own rank and its senders). Clocks travel in messages that are
/// not counted.
class CountingTransport : public Transport {
 public:
  explicit CountingTransport(std::shared_ptr<Transport> inner) : inner_(std::move(inner)) {}

  std::size_t bytes_sent() const { return bytes_; }
  std::int64_t steps() const { return clock_; }
  void reset() { bytes_ = 0, clock_ = 0; }

  std::string_view name() const override { return inner_->name(); }
  int rank() const override { return inner_->rank(); }
  int size() const override { return inner_->size(); }
  std::span<const Position> positions() const override { return inner_->positions(); }
  bool threads_allowed() const override { return inner_->threads_allowed(); }
  void exchange(std::span<const Transfer> transfers, const Stream& stream) override;
  void enter(const CallRecord& call) override { inner_->enter(call); }
  void leave() override { inner_->leave(); }
  void look() override { inner_->look(); }
  void post(const Post& post) override { inner_->post(post); }
  void cancel() noexcept override { inner_->cancel(); }
  std::shared_ptr<Transport> split(int colour, int key) override {
    return std::make_shared<CountingTransport>(inner_->split(colour, key));
  }

 private:
  std::shared_ptr<Transport> inner_;
  std::size_t bytes_ = 0;
  std::int64_t clock_ = 0;
};

}  // namespace tutti::test
