// SPDX-License-Identifier: GPL-2.0
/// The compiled BPF programs, which are part of this one.
#ifndef MGW_TOA_OBJECTS_HPP
#define MGW_TOA_OBJECTS_HPP

#include <span>

namespace toa {

/// toa.bpf.c
std::span<const unsigned char> reader_object();
/// toa_list.bpf.c
std::span<const unsigned char> list_object();

}  // namespace toa

#endif
