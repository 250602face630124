// SPDX-License-Identifier: GPL-2.0
/// monitor: events until interrupted
#include <unistd.h>

#include "command.hpp"
#include "describe.hpp"
#include "stop_signal.hpp"

namespace mgwadm {

namespace {

/// What is not about one object needs a word more than its name.
void note_about(Context& context, std::string_view event) {
  if (event == "lost") {
    context.note(
        "events were lost: they came faster than they are read, or the kernel "
        "had no memory for them");
  } else if (event == "module_unloaded") {
    context.note("the module was unloaded: waiting for it");
  } else if (event == "module_loaded") {
    context.note("the module is back, with nothing configured");
  }
}

void monitor(Context& context, const Arguments& /*args*/) {
  const StopSignal stop(STDOUT_FILENO);
  auto& output = context.output();
  context.client().watch(
      [&](const mgw::Event& event) {
        const StopSignal::AtOnce while_nobody_reads;
        output.begin_object(Layout::line, event.name);
        describe(output, event);
        output.end_object();
        output.flush();
        note_about(context, event.name);
      },
      stop.fd());
}

}  // namespace

Noun monitor_noun() {
  return {
      "monitor",
      "events as they happen",
      {{"", {}, {0}, {}, monitor}},
      {"One line for each change of configuration and each laddr that ran out "
       "of ports, written at once; with -j one JSON object a line. Outlives "
       "the module. Ends with SIGINT or SIGTERM."},
      {"mgwadm monitor", "mgwadm -j monitor"},
  };
}

}  // namespace mgwadm
