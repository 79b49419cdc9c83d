#include "json.h"

#include "table.h"

namespace tutti::bench {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(std::optional<double> value) {
  return value ? Json(*value) : Json(nullptr);
}

Json to_json(const Row& row) {
  Json json{{"collective", row.collective->name},
            {"algorithm", row.algorithm},
            {"chosen", row.chosen},
            {"memory", name(row.memory)},
            {"dtype", dtype_name(row)},
            {"op", op_name(row)},
            {"ranks", row.what.ranks},
            {"bytes", row.bytes()},
            {"in_place", row.what.in_place},
            {"time_us", nullptr},
            {"p99_us", nullptr},
            {"algbw", nullptr},
            {"busbw", nullptr},
            {"floor_percent", or_null(row.floor_percent())},
            {"wrong", row.wrong}};
  if (row.timing) {
    json["time_us"] = row.time_us();
    json["p99_us"] = row.timing->p99 * 1e6;
    json["algbw"] = row.algbw();
    json["busbw"] = row.busbw();
  }
  if (row.peer) {
    json["peer"] = row.peer->name;
    json["peer_time_us"] = or_null(row.peer_time_us());
    json["ratio"] = or_null(row.ratio());
  }
  return json;
}

}  // namespace

Json to_json(const std::vector<Row>& rows) {
  Json json = Json::array();
  for (const Row& row : rows) json.push_back(to_json(row));
  return json;
}

}  // namespace tutti::bench
