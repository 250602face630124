// SPDX-License-Identifier: GPL-2.0
/// How a program ends, and what it says then; of mgwadm and mgw-toa.
#ifndef MGWADM_COMPLAINT_HPP
#define MGWADM_COMPLAINT_HPP

#include <ostream>
#include <string>
#include <string_view>

namespace mgwadm {

enum ExitCode : int {
  exit_done = 0,
  exit_refused = 1,
  exit_usage = 2,
  exit_unavailable = 3,
};

struct Complaint {
  std::string kind;
  /// May be empty.
  std::string object;
  std::string message;
  /// An errno, or 0.
  int code = 0;

  /// As JSON, or as a line that begins with the program's name.
  void print(std::ostream& err, std::string_view program, bool json) const;
};

}  // namespace mgwadm

#endif
