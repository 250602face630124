// SPDX-License-Identifier: GPL-2.0
#include "command.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace mgwadm {

mgw::Client& Context::client() {
  if (!client_) {
    client_ = connect_(netns_);
  }
  return *client_;
}

void Context::note(const std::string& sentence) {
  output_.flush();
  if (output_.is_json()) {
    const nlohmann::json note = {{"note", {{"message", sentence}}}};
    err_ << note.dump() << '\n';
  } else {
    err_ << "mgwadm: " << sentence << '\n';
  }
}

void Context::note_if_torn(mgw::DumpEnd end) {
  if (end == mgw::DumpEnd::interrupted) {
    note("the configuration kept changing: parts of the list may not fit");
  }
}

Option family_option() {
  return {"--family", "ipv4|ipv6", "of a service by fwmark; ipv4 if not given"};
}

const std::vector<Noun>& nouns() {
  static const std::vector<Noun> all = {
      service_noun(), rs_noun(),    laddr_noun(),   session_noun(),
      dev_noun(),     stats_noun(), monitor_noun(), version_noun()};
  return all;
}

}  // namespace mgwadm
