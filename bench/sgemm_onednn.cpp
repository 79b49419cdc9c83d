#include <oneapi/dnnl/dnnl.h>

#include "cpu/one_thread.h"
#include "sgemm.h"
#include "tutti/base/error.h"

namespace tutti::bench {
namespace {

void run(const Product& p, float* out, const float* a, const float* b) {
  const cpu::OneThread one;
  const dnnl_status_t status =
      dnnl_sgemm(p.a_transposed ? 'T' : 'N', p.b_transposed ? 'T' : 'N', p.m, p.n, p.k, 1, a,
                 p.a_transposed ? p.m : p.k, b, p.b_transposed ? p.k : p.n, 0, out, p.n);
  if (status != dnnl_success)
    raise("tutti-bench: oneDNN refused a product of ", p.m, " x ", p.k, " by ", p.k, " x ", p.n,
          " (status ", static_cast<int>(status), ")");
}

}  // namespace

const SgemmLibrary sgemm_onednn{"oneDNN", run};

}  // namespace tutti::bench
