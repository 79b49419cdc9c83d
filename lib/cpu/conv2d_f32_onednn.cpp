// Convolutions in f32 by oneDNN in its blocked layouts: of 16 channels and more, with copies into
// and out of those layouts, it takes 0.5 to 0.8 of the time of products of columns.
#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "conv2d_tile.h"
#include "one_thread.h"

namespace tutti::cpu {
namespace {

using dnnl::memory;
using launch::Extents;
using Product = Conv2dTile::Product;

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

dnnl::stream& stream() {
  thread_local dnnl::stream of_thread(engine());
  return of_thread;
}

// An operand as callers have it and as the primitive takes it.
struct Operand {
  memory::desc plain, blocked;
  dnnl::reorder in, out;  ///< empty where both are the same

  bool same() const { return plain == blocked; }
  std::int64_t count() const {
    return static_cast<std::int64_t>((blocked.get_size() + 63) / 64 * 64 / sizeof(float));
  }
};

memory at(const memory::desc& desc, const float* data) {
  return {desc, engine(), const_cast<float*>(data)};
}

void copy(const dnnl::reorder& reorder, memory from, memory to) {
  reorder.execute(stream(), from, to);
}

struct Geometry {
  memory::dims stride, dilation, before, after;
};

// What the windows see of the padding after the image: less than before it, where a stride leaves a
// rest.
std::int64_t padding_after(const WindowAxis& axis, std::int64_t image, std::int64_t count) {
  return std::max<std::int64_t>(0, (count - 1) * axis.stride + axis.reach() - image - axis.padding);
}

// Does oneDNN, which is told no number of windows, arrive at the same?
bool reaches(const WindowAxis& axis, std::int64_t image, std::int64_t count) {
  const std::int64_t room = image + axis.padding + padding_after(axis, image, count) - axis.reach();
  return room / axis.stride + 1 == count;
}

using Forward = dnnl::convolution_forward::primitive_desc;
using Input = dnnl::convolution_backward_data::primitive_desc;
using Weight = dnnl::convolution_backward_weights::primitive_desc;

#if DNNL_VERSION_MAJOR >= 3
Forward forward_of(const memory::desc& x, const memory::desc& w, const memory::desc& bias,
                   const memory::desc& y, const Geometry& g,
                   const dnnl::primitive_attr& attributes) {
  return Forward(engine(), dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct,
                 x, w, bias, y, g.stride, g.dilation, g.before, g.after, attributes);
}
Input input_of(const memory::desc& x, const memory::desc& w, const memory::desc& y,
               const Geometry& g, const Forward& forward, const dnnl::primitive_attr& attributes) {
  return Input(engine(), dnnl::algorithm::convolution_direct, x, w, y, g.stride, g.dilation,
               g.before, g.after, forward, attributes);
}
Weight weight_of(const memory::desc& x, const memory::desc& w, const memory::desc& y,
                 const Geometry& g, const Forward& forward,
                 const dnnl::primitive_attr& attributes) {
  return Weight(engine(), dnnl::algorithm::convolution_direct, x, w, y, g.stride, g.dilation,
                g.before, g.after, forward, attributes);
}
#else
Forward forward_of(const memory::desc& x, const memory::desc& w, const memory::desc& bias,
                   const memory::desc& y, const Geometry& g,
                   const dnnl::primitive_attr& attributes) {
  const dnnl::convolution_forward::desc desc(dnnl::prop_kind::forward_training,
                                             dnnl::algorithm::convolution_direct, x, w, bias, y,
                                             g.stride, g.dilation, g.before, g.after);
  return Forward(desc, attributes, engine());
}
Input input_of(const memory::desc& x, const memory::desc& w, const memory::desc& y,
               const Geometry& g, const Forward& forward, const dnnl::primitive_attr& attributes) {
  const dnnl::convolution_backward_data::desc desc(dnnl::algorithm::convolution_direct, x, w, y,
                                                   g.stride, g.dilation, g.before, g.after);
  return Input(desc, attributes, engine(), forward);
}
Weight weight_of(const memory::desc& x, const memory::desc& w, const memory::desc& y,
                 const Geometry& g, const Forward& forward,
                 const dnnl::primitive_attr& attributes) {
  const dnnl::convolution_backward_weights::desc desc(dnnl::algorithm::convolution_direct, x, w, y,
                                                      g.stride, g.dilation, g.before, g.after);
  return Weight(desc, attributes, engine(), forward);
}
#endif

class OneDnnTile final : public Conv2dTile {
 public:
  OneDnnTile(Product product, const Extents& conv, std::int64_t n, bool bias) {
    OneThread one;  // primitives are made for a number of threads
    const auto f32 = memory::data_type::f32;
    const memory::dims xs{n, conv.c, conv.h, conv.w}, ys{n, conv.o, conv.oh, conv.ow};
    const memory::dims ws{conv.o, conv.c, conv.y.extent, conv.x.extent};
    auto any = [&](const memory::dims& dims) {
      return memory::desc(dims, f32, memory::format_tag::any);
    };
    auto dense = [&](const memory::dims& dims) {
      return memory::desc(dims, f32, memory::format_tag::abcd);
    };
    const Geometry geometry{
        {conv.y.stride, conv.x.stride},
        {conv.y.dilation - 1, conv.x.dilation - 1},
        {conv.y.padding, conv.x.padding},
        {padding_after(conv.y, conv.h, conv.oh), padding_after(conv.x, conv.w, conv.ow)}};
    if (bias) bias_ = memory::desc({conv.o}, f32, memory::format_tag::a);
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const auto forward = forward_of(any(xs), any(ws), bias_, any(ys), geometry, attributes);
    if (product == Product::output) {
      take(forward, dense(xs), forward.src_desc(), dense(ws), forward.weights_desc(), dense(ys),
           forward.dst_desc());
      primitive_ = dnnl::convolution_forward(forward);
      first_name_ = DNNL_ARG_SRC, second_name_ = DNNL_ARG_WEIGHTS, result_name_ = DNNL_ARG_DST;
    } else if (product == Product::input) {
      const auto pass = input_of(any(xs), any(ws), any(ys), geometry, forward, attributes);
      take(pass, dense(ys), pass.diff_dst_desc(), dense(ws), pass.weights_desc(), dense(xs),
           pass.diff_src_desc());
      primitive_ = dnnl::convolution_backward_data(pass);
      first_name_ = DNNL_ARG_DIFF_DST, second_name_ = DNNL_ARG_WEIGHTS;
      result_name_ = DNNL_ARG_DIFF_SRC;
    } else {
      const auto pass = weight_of(any(xs), any(ws), any(ys), geometry, forward, attributes);
      take(pass, dense(ys), pass.diff_dst_desc(), dense(xs), pass.src_desc(), dense(ws),
           pass.diff_weights_desc());
      primitive_ = dnnl::convolution_backward_weights(pass);
      first_name_ = DNNL_ARG_DIFF_DST, second_name_ = DNNL_ARG_SRC;
      result_name_ = DNNL_ARG_DIFF_WEIGHTS;
      packs_second_ = false;
    }
  }

  std::int64_t scratch_count() const override {
    return first_.count() + (packs_second_ ? 0 : second_.count()) + result_.count() +
           static_cast<std::int64_t>((scratchpad_.get_size() + 63) / 64 * 64 / sizeof(float));
  }
  std::int64_t packed_count() const override { return second_.count(); }

  void pack(float* packed, const float* weights) const override {
    if (second_.same())
      std::copy_n(weights, second_.plain.get_size() / sizeof(float), packed);
    else
      copy(second_.in, at(second_.plain, weights), at(second_.blocked, packed));
  }

  void run(float* result, const float* first, const float* second, const float* bias,
           float* scratch) const override {
    OneThread one;
    auto entered = [&](const Operand& operand, const float* data) {
      if (operand.same()) return at(operand.plain, data);
      memory inner = at(operand.blocked, scratch);
      scratch += operand.count();
      copy(operand.in, at(operand.plain, data), inner);
      return inner;
    };
    memory a = entered(first_, first);
    memory b = packs_second_ ? at(second_.blocked, second) : entered(second_, second);
    memory out = result_.same() ? at(result_.plain, result) : at(result_.blocked, scratch);
    if (!result_.same()) scratch += result_.count();
    std::unordered_map<int, memory> arguments{{first_name_, a},
                                              {second_name_, b},
                                              {result_name_, out},
                                              {DNNL_ARG_SCRATCHPAD, at(scratchpad_, scratch)}};
    if (bias) arguments.emplace(DNNL_ARG_BIAS, at(bias_, bias));
    primitive_.execute(stream(), arguments);
    if (!result_.same()) copy(result_.out, out, at(result_.plain, result));
    stream().wait();
  }

 private:
  template <class Desc>
  void take(const Desc& desc, const memory::desc& first, const memory::desc& first_blocked,
            const memory::desc& second, const memory::desc& second_blocked,
            const memory::desc& result, const memory::desc& result_blocked) {
    auto make = [](Operand& operand, const memory::desc& plain, const memory::desc& blocked) {
      operand.plain = plain, operand.blocked = blocked;
      if (operand.same()) return;
      // One that needs no memory of its own may run in several threads at once.
      auto reorder = [](const memory::desc& from, const memory::desc& to) {
        dnnl::primitive_attr attributes;
        attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
        const dnnl::reorder::primitive_desc pass(engine(), from, engine(), to, attributes);
        if (pass.scratchpad_desc().get_size() > 0)
          throw dnnl::error(dnnl_unimplemented, "a reorder that needs memory");
        return dnnl::reorder(pass);
      };
      operand.in = reorder(plain, blocked);
      operand.out = reorder(blocked, plain);
    };
    make(first_, first, first_blocked);
    make(second_, second, second_blocked);
    make(result_, result, result_blocked);
    scratchpad_ = desc.scratchpad_desc();
  }

  Operand first_, second_, result_;
  memory::desc scratchpad_, bias_;
  dnnl::primitive primitive_;
  int first_name_ = 0, second_name_ = 0, result_name_ = 0;
  bool packs_second_ = true;
};

}  // namespace

std::shared_ptr<const Conv2dTile> Conv2dTile::find(Product product, const Extents& conv,
                                                   std::int64_t samples, bool bias) {
  // Few channels leave the blocks of 16 empty; the weight's gradient has its blocks in o.
  const bool fills = conv.o % 16 == 0 && (product == Product::weight || conv.c % 16 == 0);
  if (conv.groups != 1 || !fills || !reaches(conv.y, conv.h, conv.oh) ||
      !reaches(conv.x, conv.w, conv.ow))
    return nullptr;
  using Key = std::array<std::int64_t, 17>;
  const auto [n, groups, c, h, w, o, oh, ow, y, x] = conv;
  const Key key{static_cast<std::int64_t>(product),
                samples,
                bias,
                c,
                h,
                w,
                o,
                oh,
                ow,
                y.extent,
                y.stride,
                y.padding,
                y.dilation,
                x.extent,
                x.stride,
                x.padding,
                x.dilation};
  static std::mutex mutex;
  static std::map<Key, std::shared_ptr<const Conv2dTile>> tiles;
  const std::lock_guard lock(mutex);
  auto found = tiles.find(key);
  if (found != tiles.end()) return found->second;
  constexpr std::size_t most = 256;
  if (tiles.size() == most) tiles.clear();
  std::shared_ptr<const Conv2dTile> made;
  try {
    made = std::make_shared<OneDnnTile>(product, conv, samples, bias);
  } catch (const dnnl::error&) {  // this processor has none for these shapes
  }
  return tiles.emplace(key, made).first->second;
}

}  // namespace tutti::cpu
