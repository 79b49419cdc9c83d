#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "file_bytes.h"
#include "tutti/base/error.h"

namespace tutti::data {
namespace {

constexpr int gzip_only = 15 + 16;  // the largest window, and a gzip header is required

bool starts_as_gzip(const std::uint8_t* data, std::size_t size) {
  return size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
}

// zlib counts in 32 bits.
uInt at_most_32_bits(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

}  // namespace

Bytes gunzip(Bytes packed, const std::filesystem::path& path, std::string_view who) {
  if (!starts_as_gzip(packed.data(), packed.size())) return packed;
  z_stream stream{};
  if (inflateInit2(&stream, gzip_only) != Z_OK)
    raise(who, ": zlib found no memory to read ", path.string());
  std::unique_ptr<z_stream, decltype(&inflateEnd)> ends_it(&stream, inflateEnd);

  Bytes out(std::max<std::size_t>(packed.size() * 4, 4096));
  std::size_t taken = 0, given = 0;
  while (true) {
    if (given == out.size()) out.resize(out.size() * 2);
    stream.next_in = packed.data() + taken;
    stream.avail_in = at_most_32_bits(packed.size() - taken);
    stream.next_out = out.data() + given;
    stream.avail_out = at_most_32_bits(out.size() - given);
    int status = inflate(&stream, Z_NO_FLUSH);
    taken = static_cast<std::size_t>(stream.next_in - packed.data());
    given = static_cast<std::size_t>(stream.next_out - out.data());
    if (status == Z_STREAM_END) {
      if (taken == packed.size()) break;
      if (!starts_as_gzip(packed.data() + taken, packed.size() - taken))
        raise(who, ": ", path.string(), ": found ", packed.size() - taken,
              " trailing bytes after the gzip stream, at offset ", taken,
              ", expected the end of the file; download it again");
      inflateReset(&stream);  // gzip files may be strung together
    } else if (status == Z_BUF_ERROR && given < out.size() && taken == packed.size()) {
      raise(who, ": ", path.string(), ": truncated: the gzip stream is cut at offset ", taken,
            ": found ", taken, " bytes, expected more; download it again");
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      raise(who, ": ", path.string(), ": corrupt gzip stream: found ",
            stream.msg ? stream.msg : zError(status), " at offset ", taken,
            ", expected valid data; download it again");
    }
  }
  out.resize(given);
  out.shrink_to_fit();
  return out;
}

}  // namespace tutti::data
