// SPDX-License-Identifier: GPL-2.0
/// The reader in this kernel. Its programs are held by links in
/// /sys/fs/bpf/mgw-toa, so nobody has to stay for them.
#ifndef MGW_TOA_BPF_READER_HPP
#define MGW_TOA_BPF_READER_HPP

#include "reader.hpp"

namespace toa {

class BpfReader : public Reader {
 public:
  /// New, or in place of what is attached: each hook changes over in one step,
  /// and connections keep their clients.
  void attach(const Settings& settings) override;
  void detach() override;
  Status status() override;
  std::vector<Connection> connections() override;
};

}  // namespace toa

#endif
