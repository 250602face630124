// SPDX-License-Identifier: GPL-2.0
#include "line_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mgw/words.hpp"
#include "usage_error.hpp"

namespace mgwadm {

bool is_option(std::string_view word) {
  return word.size() > 1 && word.front() == '-';
}

bool wants_json(const std::vector<std::string>& words,
                const std::vector<std::string_view>& valued) {
  const auto takes_value = [&](std::string_view option) {
    return std::find(valued.begin(), valued.end(), option) != valued.end();
  };
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; i++) {
    const std::string_view word = words[i];
    if (word == "--json" || word.starts_with("--json=")) {
      return true;
    }
    bool takes_next = takes_value(word);
    if (is_option(word) && word[1] != '-') {
      /* In "-jN" both count; what follows the N is a name. */
      std::size_t at = 1;
      while (at < word.size() &&
             !takes_value(fmt::format("-{}", word.substr(at, 1)))) {
        at++;
      }
      if (word.substr(0, at).find('j') != std::string_view::npos) {
        return true;
      }
      takes_next = at + 1 == word.size();
    }
    i += takes_next ? 1 : 0;
  }
  return false;
}

std::vector<std::string> without_dashes(std::vector<std::string> words) {
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes == words.end()) {
    return words;
  }
  const auto option = std::find_if(dashes + 1, words.end(), is_option);
  if (option != words.end()) {
    throw UsageError(
        *option,
        "no option may stand behind '--', and no word begins with '-'");
  }
  words.erase(dashes);
  return words;
}

std::vector<std::string> without_help(std::vector<std::string> words) {
  const auto first =
      std::find_if(words.begin(), words.end(),
                   [](const std::string& word) { return word != "help"; });
  words.erase(words.begin(), first);
  return words;
}

void throw_unknown(std::string_view kind, const std::string& word,
                   const std::vector<std::string_view>& known,
                   std::string_view hint) {
  const auto near = mgw::nearest(word, known);
  throw UsageError(
      word, near ? fmt::format("unknown {}: did you mean '{}'?", kind, *near)
                 : fmt::format("unknown {}: {}", kind, hint));
}

void throw_unknown_option(const std::string& word,
                          const std::vector<std::string_view>& known,
                          std::string_view hint) {
  const bool is_long = word.starts_with("--");
  throw_unknown("option", is_long ? word.substr(0, word.find('=')) : word,
                known, hint);
}

}  // namespace mgwadm
