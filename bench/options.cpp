#include "options.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace tutti::bench {
namespace {

const std::map<std::string, Dtype, std::less<>> dtypes{
    {"f32", Dtype::f32}, {"float", Dtype::f32}, {"f64", Dtype::f64},   {"double", Dtype::f64},
    {"f16", Dtype::f16}, {"half", Dtype::f16},  {"bf16", Dtype::bf16}, {"bfloat16", Dtype::bf16},
    {"i32", Dtype::i32}, {"int32", Dtype::i32}, {"i64", Dtype::i64},   {"int64", Dtype::i64},
    {"u8", Dtype::u8},   {"uint8", Dtype::u8}};

const std::map<std::string, ReduceOp, std::less<>> ops{
    {"sum", ReduceOp::sum()},     {"average", ReduceOp::average()},
    {"avg", ReduceOp::average()}, {"min", ReduceOp::min()},
    {"max", ReduceOp::max()},     {"product", ReduceOp::product()},
    {"prod", ReduceOp::product()}};

template <class T>
std::vector<T> named(const std::string& given, std::string_view option,
                     const std::map<std::string, T, std::less<>>& known,
                     std::initializer_list<const char*> all) {
  std::string names;
  std::vector<T> values;
  for (const char* each : all) {
    names += text(" ", each);
    values.push_back(known.at(each));
  }
  if (given == "all") return values;
  const auto found = known.find(given);
  if (found == known.end())
    raise("tutti-bench: found ", option, " ", given, ", expected all or one of", names);
  return {found->second};
}

// As parse_bytes() reads it.
std::string bytes_text(std::size_t bytes) {
  for (int shift : {30, 20, 10})
    if (bytes % (std::size_t{1} << shift) == 0) return text(bytes >> shift, " KMG"[shift / 10]);
  return text(bytes);
}

void add_size(CLI::App& command, const char* flag, const char* long_flag, std::size_t& to,
              const char* about) {
  command
      .add_option_function<std::string>(
          text(flag, ",", long_flag),
          [&to, flag](const std::string& given) { to = parse_bytes(given, flag); }, about)
      ->type_name("BYTES")
      ->default_str(bytes_text(to));
}

void add_block_options(CLI::App& command, Options& options) {
  add_sizes(command, options.sizes);
  command.add_option_function<std::string>(
      "-d",
      [&](const std::string& given) {
        options.dtypes =
            named(given, "-d", dtypes, {"f32", "f64", "f16", "bf16", "i32", "i64", "u8"});
      },
      "dtype: f32 f64 f16 bf16 i32 i64 u8, or all (default: f32)");
  command.add_option("--plot", options.plot, "write bandwidth over size to this SVG file")
      ->type_name("FILE");
}

void add_algorithm(CLI::App& command, const Collective& collective, Options& options) {
  command.add_option_function<std::string>(
      "--algorithm",
      [&](const std::string& given) {
        const auto names = collective.algorithms();
        std::string known;
        for (std::string_view name : names) known += text(" ", name);
        if (given == "all")
          options.algorithms.assign(names.begin(), names.end());
        else if (std::find(names.begin(), names.end(), given) == names.end())
          raise("tutti-bench: found --algorithm ", given, ", expected all or one of", known);
        else
          options.algorithms = {given};
      },
      "one by its name, or all that fit (default: what the library chooses)");
}

template <class T>
void add_choice(CLI::App& command, const char* flag, T& to, std::map<std::string, T> values,
                const char* about) {
  command
      .add_option_function<std::string>(
          flag, [&to, values](const std::string& given) { to = values.at(given); }, about)
      ->check(CLI::IsMember(values));
}

}  // namespace

std::vector<std::size_t> Sizes::all() const {
  std::vector<std::size_t> all;
  for (std::size_t bytes = begin; bytes <= end; bytes *= factor) {
    all.push_back(bytes);
    if (bytes > end / factor) break;  // the next might not fit into its type
  }
  return all;
}

void add_sizes(CLI::App& command, Sizes& sizes) {
  add_size(command, "-b", "--minbytes", sizes.begin, "smallest size, with K, M or G behind it");
  add_size(command, "-e", "--maxbytes", sizes.end, "largest size");
  command.add_option("-f,--stepfactor", sizes.factor, "each size times so much is the next")
      ->check(at_least(2))
      ->capture_default_str();
}

CLI::Validator at_least(int least) {
  return {[least](const std::string& given) {
            const bool number = !given.empty() &&
                                given.find_first_not_of("0123456789") == std::string::npos &&
                                given.size() < 10;
            if (number && std::stoi(given) >= least) return std::string();
            return text("found ", given, ", expected a number from ", least, " up");
          },
          ""};
}

std::size_t parse_bytes(const std::string& given, std::string_view who) {
  std::size_t bytes = 0;
  const char* end = given.data() + given.size();
  const auto [rest, error] = std::from_chars(given.data(), end, bytes);
  const std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  const std::string_view letters = "KMGkmg";
  int shift = 0;
  if (suffix.size() == 1 && letters.find(suffix) != letters.npos)
    shift = 10 * (1 + static_cast<int>(letters.find(suffix) % 3));
  if (error != std::errc{} || bytes == 0 || (!suffix.empty() && shift == 0) ||
      bytes > (std::size_t{1} << 50 >> shift))
    raise("tutti-bench: found ", who, " ", given,
          ", expected a number of bytes from 1 up, as in 8, 64K, 256M or 1G");
  return bytes << shift;
}

void add_options(CLI::App& command, const Collective& collective, int ranks, Options& options) {
  if (collective.sized) add_block_options(command, options);
  if (collective.reduces)
    command.add_option_function<std::string>(
        "-o",
        [&](const std::string& given) {
          options.ops = named(given, "-o", ops, {"sum", "average", "min", "max", "product"});
        },
        "operator: sum average min max product, or all (default: sum)");
  if (collective.rooted)
    command.add_option("-r", options.root, "root rank")
        ->check(CLI::Range(0, ranks - 1))
        ->capture_default_str();
  command.add_option("-n", options.repetitions, "timed batches (default: 11 to 100)")
      ->check(at_least(1));
  command.add_option("-w", options.warm_up, "calls before anything is timed")
      ->check(at_least(0))
      ->capture_default_str();
  command.add_option("-c", options.checks, "calls whose results are verified; at least 1")
      ->check(at_least(1))
      ->capture_default_str();
  command
      .add_option("--sweeps", options.sweeps,
                  "how often to measure everything; the median sweep of each size counts")
      ->check(at_least(1))
      ->capture_default_str();
  if (collective.algorithms) add_algorithm(command, collective, options);
  if (collective.sized)
    add_choice<Memory>(command, "--memory", options.memory,
                       {{"symmetric", Memory::symmetric}, {"heap", Memory::heap}},
                       "where the blocks lie (default: symmetric)");
  if (collective.algorithms)
    add_choice<Order>(command, "--order", options.order,
                      {{"canonical", Order::canonical}, {"any", Order::any}},
                      "of the sum (default: canonical)");
  command
      .add_option_function<std::string>(
          "--vs", [&](const std::string&) { options.vs_mpi = true; },
          "mpi: time MPI's own collective in alternation")
      ->check(CLI::IsMember({"mpi"}));
  command.add_option("--json", options.json, "write the rows to this file")->type_name("FILE");
}

void require_consistent(const Sizes& sizes, std::size_t least) {
  if (sizes.end < sizes.begin)
    raise("tutti-bench: found -e ", sizes.end, " below -b ", sizes.begin,
          ", expected at least as much");
  if (sizes.begin < least)
    raise("tutti-bench: found -b ", sizes.begin, ", expected at least ", least, " bytes");
}

void require_consistent(const Options& options) {
  require_consistent(options.sizes);
  if (options.dtypes.size() == 1 && options.ops.size() == 1)
    require_reducible(options.dtypes.front(), options.ops.front(), "tutti-bench");
}

}  // namespace tutti::bench
