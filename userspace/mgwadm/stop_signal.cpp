// SPDX-License-Identifier: GPL-2.0
#include "stop_signal.hpp"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <system_error>

#include "app.hpp"

namespace mgwadm {

namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

/* Nothing else of the program runs after it. */
extern "C" void end_at_once(int /*signal*/) { _exit(exit_done); }

int require_fd(int fd, const char* what) {
  if (fd < 0) {
    throw std::system_error(errno, std::generic_category(), what);
  }
  return fd;
}

int open_signalfd() {
  const auto signals = stop_signals();
  return require_fd(signalfd(-1, &signals, SFD_CLOEXEC), "signalfd");
}

}  // namespace

StopSignal::StopSignal(int out_fd)
    : signals_(open_signalfd()),
      fd_(require_fd(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
  epoll_event readable{};
  readable.events = EPOLLIN;
  if (epoll_ctl(fd(), EPOLL_CTL_ADD, signals_.get(), &readable) < 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
  /* No events: errors and the end come unasked. A file has neither. */
  epoll_event end{};
  epoll_ctl(fd(), EPOLL_CTL_ADD, out_fd, &end);

  const auto signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, &mask_before_);
  struct sigaction action {};
  action.sa_handler = end_at_once;
  sigaction(SIGINT, &action, &int_before_);
  sigaction(SIGTERM, &action, &term_before_);
}

StopSignal::~StopSignal() {
  /* Taken off the queue, or it would kill when unblocked. */
  const timespec now{};
  const auto signals = stop_signals();
  while (sigtimedwait(&signals, nullptr, &now) > 0) {
  }
  sigaction(SIGINT, &int_before_, nullptr);
  sigaction(SIGTERM, &term_before_, nullptr);
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

StopSignal::AtOnce::AtOnce() {
  const auto signals = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

StopSignal::AtOnce::~AtOnce() {
  const auto signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace mgwadm
