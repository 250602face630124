// SPDX-License-Identifier: GPL-2.0
/// monitor: events until interrupted
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "command.hpp"
#include "describe.hpp"

namespace mgwadm {

namespace {

/// Turns SIGINT and SIGTERM into a readable file descriptor while it lives.
class StopSignal {
 public:
  StopSignal() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, &before_);
    fd_ = signalfd(-1, &signals, SFD_CLOEXEC);
    if (fd_ < 0) {
      throw std::system_error(errno, std::generic_category(), "signalfd");
    }
  }
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  StopSignal(StopSignal&&) = delete;
  StopSignal& operator=(StopSignal&&) = delete;
  ~StopSignal() {
    /* Taken off the queue, or it would kill when unblocked. */
    timespec now{};
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    while (sigtimedwait(&signals, nullptr, &now) > 0) {
    }
    close(fd_);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  [[nodiscard]] int fd() const { return fd_; }

 private:
  sigset_t before_{};
  int fd_ = -1;
};

/// What is not about one object needs a word more than its name.
void note_about(Context& context, std::string_view event) {
  if (event == "lost") {
    context.note("events were lost: they came faster than they are read");
  } else if (event == "module_unloaded") {
    context.note("the module was unloaded: waiting for it");
  } else if (event == "module_loaded") {
    context.note("the module is back, with nothing configured");
  }
}

void monitor(Context& context, const Arguments& /*args*/) {
  const StopSignal stop;
  auto& output = context.output();
  context.client().watch(
      [&](const mgw::Event& event) {
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
