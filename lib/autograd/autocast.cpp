#include "tutti/autograd/autocast.h"

#include "ops/autocast.h"

namespace tutti {

Autocast::Autocast(std::optional<Dtype> dtype) : before_(detail::autocast()) {
  if (dtype && *dtype != Dtype::f16 && *dtype != Dtype::bf16)
    raise("Autocast: found dtype ", *dtype,
          ", expected f16 or bf16, or std::nullopt to turn it off");
  detail::autocast() = dtype;
}
Autocast::~Autocast() {
  detail::autocast() = before_;
}

}  // namespace tutti
