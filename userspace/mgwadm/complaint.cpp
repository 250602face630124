// SPDX-License-Identifier: GPL-2.0
#include "complaint.hpp"

#include <nlohmann/json.hpp>

#include "text_layout.hpp"

namespace mgwadm {

void Complaint::print(std::ostream& err, std::string_view program,
                      bool json) const {
  if (!json) {
    err << program << ": " << printable(object) << (object.empty() ? "" : ": ")
        << printable(message) << '\n';
    return;
  }
  nlohmann::ordered_json error = {{"kind", kind}};
  if (!object.empty()) {
    error["object"] = object;
  }
  error["message"] = message;
  if (code != 0) {
    error["errno"] = code;
  }
  const nlohmann::ordered_json whole = {{"error", error}};
  err << whole.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
      << '\n';
}

}  // namespace mgwadm
