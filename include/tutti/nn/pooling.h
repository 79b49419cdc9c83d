// Pooling as layers: each holds the arguments of the function of its name.
#pragma once

#include "tutti/nn/layer.h"
#include "tutti/ops/pool1d.h"

namespace tutti::nn {

/// x [n, c, h, w] gives [n, c, h', w'], see tutti::max_pool2d.
class MaxPool2d : public Layer<MaxPool2d> {
 public:
  explicit MaxPool2d(Pair2d size, const MaxPool2dOptions& options = {})
      : size_(size), options_(options) {}
  Variable forward(const Variable& x) const { return max_pool2d(x, size_, options_); }

 private:
  Pair2d size_;
  MaxPool2dOptions options_;
};

/// See tutti::avg_pool2d.
class AvgPool2d : public Layer<AvgPool2d> {
 public:
  explicit AvgPool2d(Pair2d size, const AvgPool2dOptions& options = {})
      : size_(size), options_(options) {}
  Variable forward(const Variable& x) const { return avg_pool2d(x, size_, options_); }

 private:
  Pair2d size_;
  AvgPool2dOptions options_;
};

/// x [n, c, h, w] gives [n, c, size], see tutti::adaptive_max_pool2d.
class AdaptiveMaxPool2d : public Layer<AdaptiveMaxPool2d> {
 public:
  explicit AdaptiveMaxPool2d(Pair2d size) : size_(size) {}
  Variable forward(const Variable& x) const { return adaptive_max_pool2d(x, size_); }

 private:
  Pair2d size_;
};

/// See tutti::adaptive_avg_pool2d; size 1 averages whole images.
class AdaptiveAvgPool2d : public Layer<AdaptiveAvgPool2d> {
 public:
  explicit AdaptiveAvgPool2d(Pair2d size) : size_(size) {}
  Variable forward(const Variable& x) const { return adaptive_avg_pool2d(x, size_); }

 private:
  Pair2d size_;
};

/// x [n, c, l] gives [n, c, l'], see tutti::max_pool1d.
class MaxPool1d : public Layer<MaxPool1d> {
 public:
  explicit MaxPool1d(std::int64_t size, const MaxPool1dOptions& options = {})
      : size_(size), options_(options) {}
  Variable forward(const Variable& x) const { return max_pool1d(x, size_, options_); }

 private:
  std::int64_t size_;
  MaxPool1dOptions options_;
};

/// See tutti::avg_pool1d.
class AvgPool1d : public Layer<AvgPool1d> {
 public:
  explicit AvgPool1d(std::int64_t size, const AvgPool1dOptions& options = {})
      : size_(size), options_(options) {}
  Variable forward(const Variable& x) const { return avg_pool1d(x, size_, options_); }

 private:
  std::int64_t size_;
  AvgPool1dOptions options_;
};

/// x [n, c, l] gives [n, c, size], see tutti::adaptive_max_pool1d.
class AdaptiveMaxPool1d : public Layer<AdaptiveMaxPool1d> {
 public:
  explicit AdaptiveMaxPool1d(std::int64_t size) : size_(size) {}
  Variable forward(const Variable& x) const { return adaptive_max_pool1d(x, size_); }

 private:
  std::int64_t size_;
};

/// See tutti::adaptive_avg_pool1d.
class AdaptiveAvgPool1d : public Layer<AdaptiveAvgPool1d> {
 public:
  explicit AdaptiveAvgPool1d(std::int64_t size) : size_(size) {}
  Variable forward(const Variable& x) const { return adaptive_avg_pool1d(x, size_); }

 private:
  std::int64_t size_;
};

}  // namespace tutti::nn
