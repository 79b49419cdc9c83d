// What the samples' command lines share.
#pragma once

#include <tutti/tutti.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string>

namespace samples {

/// Finite numbers from `least` up to a billion: products of two still fit into 64 bits.
inline CLI::Validator at_least(double least) {
  return {[least](const std::string& given) {
            char* end = nullptr;
            const double number = std::strtod(given.c_str(), &end);
            if (!given.empty() && *end == '\0' && number >= least && number <= 1e9)
              return std::string();
            return tutti::text("found ", given, ", expected a number from ", least, " to 1e9");
          },
          ""};
}

/// Adds an option that is a number from `least` up; the help shows its present value as default.
template <class T>
void add_number(CLI::App& app, const char* flag, T& to, double least, const char* about) {
  app.add_option(flag, to, about)->check(at_least(least))->capture_default_str();
}

/// Adds the option of how many `things` a step reads; share_out() settles it.
inline void add_shared(CLI::App& app, const char* flag, std::int64_t& to,
                       const std::string& things) {
  const std::string about = things +
                            " a step, in all shards together; the default is rounded up "
                            "to equally many in each";
  add_number(app, flag, to, 1, about.c_str());
}

/// Reads the command line; true when only help was asked for. All ranks see the same arguments.
inline bool parse(CLI::App& app, int argc, char** argv, int rank) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    if (rank == 0) std::cout << app.help();
    return true;
  } catch (const CLI::ParseError& error) {
    tutti::raise(app.get_name(), ": ", error.what(), "; see ", app.get_name(), " --help");
  }
  return false;
}

/// Settles how many shards a step has, where 0 means one per rank, and rounds the default of `flag`
/// up to what they can share equally. Error where a number that was given is none of those.
inline void share_out(const CLI::App& app, const tutti::Communicator& world, std::int64_t& shards,
                      const char* flag, std::int64_t& count) {
  if (shards == 0) shards = world.size();
  const std::int64_t shared = (count + shards - 1) / shards * shards;
  if (count != shared && app.count(flag) > 0)
    tutti::raise(app.get_name(), ": found ", flag, ' ', count, " and ", shards,
                 " shards, expected equally many in each; choose ", flag, ' ', shared,
                 ", or other --shards");
  count = shared;
}

}  // namespace samples
