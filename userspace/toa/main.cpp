// SPDX-License-Identifier: GPL-2.0
#include <csignal>
#include <cstdio>
#include <iostream>

#include "app.hpp"
#include "bpf_reader.hpp"

int main(int argc, char** argv) try {
  /* A reader that went away is an error of a write, seen there. */
  std::signal(SIGPIPE, SIG_IGN);
  std::ios::sync_with_stdio(false);
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  toa::BpfReader reader;
  return toa::run(words, std::cout, std::cerr, reader);
} catch (...) {
  /* No memory, also for the words that say what is wrong. */
  std::fputs("mgw-toa: out of memory\n", stderr);
  return 1;
}
