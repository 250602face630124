// SPDX-License-Identifier: GPL-2.0
#include "help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "text_layout.hpp"

namespace mgwadm {

namespace {

constexpr Option json_option = {"-j, --json", "",
                                "print JSON, and errors as JSON too", false};
constexpr Option netns_option = {
    "-N, --netns", "NETNS", "work in that network namespace: a name or a path",
    false};

/// "[tcp|udp VADDR:PORT [RADDR:PORT]]": a bracket wherever one may stop.
std::vector<std::string> word_phrases(const Verb& verb) {
  std::vector<std::string> phrases;
  std::size_t open = 0;
  for (std::size_t i = 0; i < verb.words.size(); i++) {
    const bool may_stop =
        std::find(verb.word_counts.begin(), verb.word_counts.end(), i) !=
        verb.word_counts.end();
    phrases.push_back((may_stop ? "[" : "") + std::string(verb.words[i]));
    open += may_stop ? 1 : 0;
  }
  if (!phrases.empty()) {
    phrases.back() += std::string(open, ']');
  }
  return phrases;
}

std::string option_phrase(const Option& option) {
  return fmt::format("[{}{}{}]{}", option.name, option.value.empty() ? "" : " ",
                     option.value, option.repeats ? "..." : "");
}

std::string command_phrase(const Noun& noun, const Verb& verb) {
  return fmt::format("mgwadm {}{}{}", noun.name, verb.name.empty() ? "" : " ",
                     verb.name);
}

std::vector<std::string> usage_phrases(const Noun& noun, const Verb& verb) {
  std::vector<std::string> phrases = {command_phrase(noun, verb)};
  for (auto& phrase : word_phrases(verb)) {
    phrases.push_back(std::move(phrase));
  }
  for (const auto& option : verb.options) {
    phrases.push_back(option_phrase(option));
  }
  return phrases;
}

void append_options(std::string& text, const std::vector<Option>& options) {
  constexpr std::size_t column = 24;
  for (const auto& option : options) {
    std::string left = fmt::format("  {}", option.name);
    if (!option.value.empty()) {
      left += fmt::format(" {}", option.value);
    }
    if (left.size() + 2 > column) {
      text += left + '\n';
      left.clear();
    }
    left.resize(column, ' ');
    text +=
        left + wrap(split_words(option.help), column, column).substr(column);
  }
}

std::vector<Option> options_of(const Noun& noun) {
  std::vector<Option> options;
  std::set<std::string_view> seen;
  for (const auto& verb : noun.verbs) {
    for (const auto& option : verb.options) {
      if (seen.insert(option.name).second) {
        options.push_back(option);
      }
    }
  }
  return options;
}

std::string verb_list(const Noun& noun) {
  std::string list;
  for (const auto& verb : noun.verbs) {
    list += list.empty() ? "" : "|";
    list += verb.name;
  }
  return list;
}

}  // namespace

std::string verb_usage(const Noun& noun, const Verb& verb) {
  auto usage = command_phrase(noun, verb);
  for (const auto& phrase : word_phrases(verb)) {
    usage += ' ' + phrase;
  }
  return usage + (verb.options.empty() ? "" : " [OPTION]...");
}

std::string noun_help(const Noun& noun) {
  std::string text = fmt::format("mgwadm {}: {}\n\n", noun.name, noun.summary);
  for (const auto& verb : noun.verbs) {
    text += wrap(usage_phrases(noun, verb), 2, 6);
  }
  for (const auto paragraph : noun.details) {
    text += '\n' + wrap(split_words(paragraph), 0, 0);
  }
  auto options = options_of(noun);
  options.push_back(json_option);
  options.push_back(netns_option);
  text += "\nOptions:\n";
  append_options(text, options);
  text += "\nExamples:\n";
  for (const auto example : noun.examples) {
    text += fmt::format("  {}\n", example);
  }
  return text;
}

std::string root_help() {
  std::string text =
      "mgwadm: the tool for MGW, the load balancer in the kernel\n\n"
      "  mgwadm [-j] [-N NETNS] NOUN VERB ...\n"
      "  mgwadm                    the same as: mgwadm service show\n"
      "  mgwadm NOUN --help        words, options and examples of a noun\n\n"
      "Nouns:\n";
  for (const auto& noun : nouns()) {
    text += fmt::format("  {:<9}{:<24} {}\n", noun.name, verb_list(noun),
                        noun.summary);
  }
  text += "\nOptions:\n";
  append_options(text,
                 {json_option,
                  netns_option,
                  {"-V, --version", "", "print the release of mgwadm", false},
                  {"-h, --help", "", "print this", false}});
  text += '\n' + wrap(split_words("Addresses are numeric: 10.0.0.1:80 or "
                                  "[2001:db8::1]:80. Port 0 means every "
                                  "port."),
                      0, 0);
  text +=
      "\nExamples:\n"
      "  mgwadm laddr add 10.0.1.1-10.0.1.8\n"
      "  mgwadm service add tcp 203.0.113.1:80 --sched wlc\n"
      "  mgwadm rs add tcp 203.0.113.1:80 10.0.2.1:8080 --weight 10\n"
      "  mgwadm -j session show --client 198.51.100.7 --limit 100\n\n"
      "Exit code: 0 done, 1 refused, 2 wrong command line, 3 module or\n"
      "permission missing. The manual: mgwadm(8).\n";
  return text;
}

}  // namespace mgwadm
