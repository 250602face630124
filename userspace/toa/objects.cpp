// SPDX-License-Identifier: GPL-2.0
#include "objects.hpp"

/* The assembler reads the files; libbpf wants them aligned. */
asm(R"(
	.pushsection .rodata
	.balign 8
	.local toa_reader_begin, toa_reader_end, toa_list_begin, toa_list_end
toa_reader_begin:
	.incbin ")" TOA_READER_OBJECT R"("
toa_reader_end:
	.balign 8
toa_list_begin:
	.incbin ")" TOA_LIST_OBJECT R"("
toa_list_end:
	.popsection
)");

extern "C" {
extern const unsigned char toa_reader_begin;
extern const unsigned char toa_reader_end;
extern const unsigned char toa_list_begin;
extern const unsigned char toa_list_end;
}

namespace toa {

std::span<const unsigned char> reader_object() {
  return {&toa_reader_begin, &toa_reader_end};
}

std::span<const unsigned char> list_object() {
  return {&toa_list_begin, &toa_list_end};
}

}  // namespace toa
