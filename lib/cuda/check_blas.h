// cublasLt's error codes as Error.
#pragma once

#include <cublasLt.h>

#include "tutti/base/error.h"

namespace tutti::cuda {

/// Error naming `what` unless `status` is success.
inline void check(cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS)
    raise(what, ": cublasLt found ", cublasLtGetStatusName(status), " (",
          cublasLtGetStatusString(status), "); see CUBLASLT_LOG_LEVEL=2 for the reason");
}

}  // namespace tutti::cuda
