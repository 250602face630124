// SPDX-License-Identifier: GPL-2.0
/// version of client and module
#include "command.hpp"

namespace mgwadm {

namespace {

void show_version(Context& context, const Arguments& /*args*/) {
  const auto info = context.client().info();
  auto& output = context.output();
  output.begin_object(Layout::lines, "");
  output.word("client", std::string(mgw::version()));
  output.word("module", info.version);
  output.number("session_size", info.session_size);
  output.number("director_slots", info.director_slots);
  output.number("session_limit", info.session_limit);
  output.end_object();
}

}  // namespace

Noun version_noun() {
  return {
      "version",
      "releases of tool and module",
      {{"", {}, {0}, {}, show_version}},
      {"Also the bytes of one session, the words of the flow director and the "
       "most sessions this namespace may have. 'mgwadm --version' needs no "
       "module."},
      {"mgwadm version", "mgwadm -j version"},
  };
}

}  // namespace mgwadm
