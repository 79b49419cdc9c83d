// Catch2 with its session, for the files that hold a main().
#pragma once

#define CATCH_CONFIG_RUNNER
#include "support/catch.h"
