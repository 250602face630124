// SPDX-License-Identifier: GPL-2.0
/// How a command that goes on and on is told to end.
#ifndef MGWADM_STOP_SIGNAL_HPP
#define MGWADM_STOP_SIGNAL_HPP

#include <csignal>

#include "mgw/file_descriptor.hpp"

namespace mgwadm {

/// While it lives, SIGINT and SIGTERM do not end the process but make fd()
/// readable. So does a reader of `out_fd` that has left.
class StopSignal {
 public:
  explicit StopSignal(int out_fd);
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  StopSignal(StopSignal&&) = delete;
  StopSignal& operator=(StopSignal&&) = delete;
  ~StopSignal();

  [[nodiscard]] int fd() const { return fd_.get(); }

  /// While it lives, a signal ends the process at once, with the exit code of
  /// all that is well: for a write that may wait for ever.
  class AtOnce {
   public:
    AtOnce();
    AtOnce(const AtOnce&) = delete;
    AtOnce& operator=(const AtOnce&) = delete;
    AtOnce(AtOnce&&) = delete;
    AtOnce& operator=(AtOnce&&) = delete;
    ~AtOnce();
  };

 private:
  sigset_t mask_before_{};
  struct sigaction int_before_ {};
  struct sigaction term_before_ {};
  mgw::FileDescriptor signals_;
  mgw::FileDescriptor fd_;
};

}  // namespace mgwadm

#endif
