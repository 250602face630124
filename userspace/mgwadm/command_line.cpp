// SPDX-License-Identifier: GPL-2.0
#include "command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>

#include "help.hpp"
#include "line_words.hpp"
#include "mgw/words.hpp"
#include "switches.hpp"

namespace mgwadm {

namespace {

constexpr std::string_view help_hint = "see mgwadm --help";

/// What CLI11 made of one verb.
struct ParsedVerb {
  const Noun* noun = nullptr;
  const Verb* verb = nullptr;
  CLI::App* app = nullptr;
  std::vector<CLI::Option*> options;
};

/// The tables as a CLI11 tree. CLI11 cuts the line into options and words;
/// which of them are right is decided here, for the sake of the sentences.
class Tree {
 public:
  Tree();
  CommandLine parse(std::vector<std::string> words);

 private:
  void add_common_options(CLI::App& app);
  void add_noun(const Noun& noun);
  void add_verb(CLI::App& app, const Noun& noun, const Verb& verb);
  void run_cli(std::vector<std::string> words);
  [[nodiscard]] std::string help_text() const;
  [[nodiscard]] bool asks_for_help() const;
  [[nodiscard]] std::optional<std::string> netns() const;
  /// The first wrong word is to blame, not the options of another command.
  void check_words() const;
  void check_root() const;
  void check_noun(const Noun& noun, const CLI::App& app) const;
  static void check_verb(const ParsedVerb& parsed);
  [[nodiscard]] const ParsedVerb* chosen() const;
  [[nodiscard]] const Noun* chosen_noun() const;

  CLI::App root_{"", "mgwadm"};
  bool json_ = false;
  std::string netns_;
  std::vector<CLI::Option*> netns_options_;
  bool version_ = false;
  bool help_ = false;
  std::deque<std::pair<const Noun*, CLI::App*>> noun_apps_;
  std::vector<ParsedVerb> verbs_;
};

Tree::Tree() {
  root_.set_help_flag();
  add_common_options(root_);
  add_switch(root_, "-V,--version", version_);
  for (const auto& noun : nouns()) {
    add_noun(noun);
  }
}

/// Options before the noun may as well come behind it.
void Tree::add_common_options(CLI::App& app) {
  app.allow_extras();
  app.require_subcommand(0, 1);
  add_switch(app, "-j,--json", json_);
  add_switch(app, "-h,--help", help_);
  netns_options_.push_back(app.add_option("-N,--netns", netns_));
}

void Tree::add_noun(const Noun& noun) {
  CLI::App& app = *root_.add_subcommand(std::string(noun.name));
  app.set_help_flag();
  add_common_options(app);
  noun_apps_.emplace_back(&noun, &app);
  for (const auto& verb : noun.verbs) {
    if (verb.name.empty()) {
      add_verb(app, noun, verb);
      continue;
    }
    CLI::App& verb_app = *app.add_subcommand(std::string(verb.name));
    verb_app.set_help_flag();
    if (verb.name == "show") {
      verb_app.alias("list")->alias("ls");
    }
    add_common_options(verb_app);
    add_verb(verb_app, noun, verb);
  }
}

void Tree::add_verb(CLI::App& app, const Noun& noun, const Verb& verb) {
  /* Its words are no options of CLI11's: they are what remains. */
  ParsedVerb parsed{&noun, &verb, &app, {}};
  for (const auto& option : verb.options) {
    const std::string name(option.name);
    CLI::Option* added = nullptr;
    if (option.value.empty()) {
      added = add_switch(app, name);
    } else {
      const auto count = split_words(option.value).size();
      added = app.add_option(name)
                  ->type_size(static_cast<int>(count))
                  ->expected(1)
                  ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
                  ->allow_extra_args(false);
    }
    parsed.options.push_back(added);
  }
  verbs_.push_back(std::move(parsed));
}

std::string value_of(std::string_view option) {
  if (option == "-N" || option == "--netns") {
    return "NETNS";
  }
  for (const auto& noun : nouns()) {
    for (const auto& verb : noun.verbs) {
      for (const auto& candidate : verb.options) {
        if (candidate.name == option) {
          return std::string(candidate.value);
        }
      }
    }
  }
  return "";
}

/// CLI11 splits lines well but says little when they end early.
void Tree::run_cli(std::vector<std::string> words) {
  std::reverse(words.begin(), words.end());
  try {
    root_.parse(words);
  } catch (const CLI::ArgumentMismatch& error) {
    check_words();
    refuse_switch_value(error);
    const std::string text = error.what();
    const std::string option = text.substr(0, text.find(':'));
    const auto comma = option.find(',');
    const std::string name =
        comma == std::string::npos ? option : option.substr(comma + 1);
    const auto value = value_of(name);
    throw UsageError(name, value.empty()
                               ? fmt::format("is wrong here: {}", help_hint)
                               : fmt::format("give it once, with its value: "
                                             "{} {}",
                                             name, value));
  } catch (const CLI::ParseError& error) {
    throw UsageError("command line",
                     fmt::format("{}; {}", error.what(), help_hint));
  }
}

const ParsedVerb* Tree::chosen() const {
  const auto found = std::find_if(
      verbs_.begin(), verbs_.end(),
      [](const ParsedVerb& parsed) { return parsed.app->parsed(); });
  return found == verbs_.end() ? nullptr : &*found;
}

const Noun* Tree::chosen_noun() const {
  for (const auto& [noun, app] : noun_apps_) {
    if (app->parsed()) {
      return noun;
    }
  }
  return nullptr;
}

std::string Tree::help_text() const {
  const Noun* const noun = chosen_noun();
  return noun == nullptr ? root_help() : noun_help(*noun);
}

std::optional<std::string> first_option(const std::vector<std::string>& words) {
  const auto found = std::find_if(words.begin(), words.end(), is_option);
  return found == words.end() ? std::nullopt : std::optional{*found};
}

void check_options(const std::vector<std::string>& extras, const Noun* noun,
                   const Verb* verb) {
  const auto unknown = first_option(extras);
  if (!unknown) {
    return;
  }
  std::vector<std::string_view> known = {"--json", "--netns", "--help"};
  if (noun == nullptr) {
    known.emplace_back("--version");
  }
  if (verb != nullptr) {
    for (const auto& option : verb->options) {
      known.push_back(option.name);
    }
  }
  const std::string hint =
      noun == nullptr ? std::string(help_hint)
                      : fmt::format("see mgwadm {} --help", noun->name);
  throw_unknown_option(*unknown, known, hint);
}

bool begins_with_help(const CLI::App& app) {
  const auto words = app.remaining();
  return !words.empty() && words.front() == "help";
}

bool Tree::asks_for_help() const {
  return begins_with_help(root_) ||
         std::any_of(
             noun_apps_.begin(), noun_apps_.end(),
             [](const auto& entry) { return begins_with_help(*entry.second); });
}

void check_noun_word(const std::vector<std::string>& extras) {
  if (extras.empty() || is_option(extras.front())) {
    return;
  }
  std::vector<std::string_view> names;
  for (const auto& noun : nouns()) {
    names.push_back(noun.name);
  }
  throw_unknown("noun", extras.front(), names,
                fmt::format("use {}", mgw::join_or(names)));
}

std::vector<std::string_view> verb_names(const Noun& noun) {
  std::vector<std::string_view> names;
  for (const auto& verb : noun.verbs) {
    names.push_back(verb.name);
  }
  return names;
}

void check_verb_word(const Noun& noun, const std::vector<std::string>& extras) {
  if (extras.empty() || is_option(extras.front()) ||
      noun.verbs.front().name.empty()) {
    return;
  }
  const auto names = verb_names(noun);
  throw_unknown(fmt::format("verb of {}", noun.name), extras.front(), names,
                fmt::format("use {}", mgw::join_or(names)));
}

void Tree::check_words() const {
  check_noun_word(without_help(root_.remaining()));
  for (const auto& [noun, app] : noun_apps_) {
    if (app->parsed()) {
      check_verb_word(*noun, without_help(app->remaining()));
    }
  }
}

void Tree::check_root() const {
  check_options(root_.remaining(), nullptr, nullptr);
}

void Tree::check_noun(const Noun& noun, const CLI::App& app) const {
  if (noun.verbs.front().name.empty()) {
    return;
  }
  check_options(app.remaining(), &noun, nullptr);
  if (chosen() == nullptr) {
    throw UsageError(std::string(noun.name),
                     fmt::format("a verb is missing: use {}",
                                 mgw::join_or(verb_names(noun))));
  }
}

void Tree::check_verb(const ParsedVerb& parsed) {
  const auto& verb = *parsed.verb;
  const auto extras = parsed.app->remaining();
  const auto option = std::find_if(extras.begin(), extras.end(), is_option);
  if (option - extras.begin() <= static_cast<long>(verb.words.size())) {
    check_options(extras, parsed.noun, parsed.verb);
  }
  std::string command(parsed.noun->name);
  if (!verb.name.empty()) {
    command += fmt::format(" {}", verb.name);
  }
  const auto usage = verb_usage(*parsed.noun, verb);
  const auto count = extras.size();
  if (count > verb.words.size()) {
    throw UsageError(command, fmt::format("'{}' is one word too many: {}",
                                          extras[verb.words.size()], usage));
  }
  if (std::find(verb.word_counts.begin(), verb.word_counts.end(), count) ==
      verb.word_counts.end()) {
    throw UsageError(
        command, fmt::format("{} is missing: {}", verb.words.at(count), usage));
  }
}

Arguments arguments_of(const ParsedVerb& parsed) {
  Arguments::Options values;
  for (std::size_t i = 0; i < parsed.options.size(); i++) {
    const auto& option = parsed.verb->options.at(i);
    const auto& results = parsed.options.at(i)->results();
    if (results.empty()) {
      continue;
    }
    const auto expected = split_words(option.value).size();
    if (!option.repeats && expected != 0 && results.size() != expected) {
      throw UsageError(std::string(option.name),
                       fmt::format("give it once, with its value: {} {}",
                                   option.name, option.value));
    }
    values.emplace(option.name, results);
  }
  return {parsed.app->remaining(), std::move(values)};
}

/// Before the noun, behind it or behind the verb: once in all.
std::optional<std::string> Tree::netns() const {
  std::vector<std::string> names;
  for (const auto* option : netns_options_) {
    const auto& results = option->results();
    names.insert(names.end(), results.begin(), results.end());
  }
  if (names.empty()) {
    return std::nullopt;
  }
  if (names.size() > 1) {
    throw UsageError("--netns", "give it once, with its value: --netns NETNS");
  }
  if (names.front().empty()) {
    throw UsageError("--netns", "the name of a network namespace is missing");
  }
  return names.front();
}

CommandLine Tree::parse(std::vector<std::string> words) {
  run_cli(without_dashes(std::move(words)));
  CommandLine line;
  line.json = json_;
  if (help_) {
    line.text = help_text();
    return line;
  }
  if (version_) {
    line.text = fmt::format("mgwadm {}\n", mgw::version());
    return line;
  }
  line.netns = netns();
  check_words();
  if (asks_for_help()) {
    line.text = help_text();
    return line;
  }
  check_root();
  for (const auto& [noun, app] : noun_apps_) {
    if (app->parsed()) {
      check_noun(*noun, *app);
    }
  }
  if (const auto* parsed = chosen()) {
    check_verb(*parsed);
    line.verb = parsed->verb;
    line.arguments = arguments_of(*parsed);
  } else {
    /* Nothing but options: service show. */
    line.verb = &nouns().front().verbs.back();
  }
  return line;
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& words) {
  return Tree().parse(words);
}

bool wants_json(const std::vector<std::string>& words) {
  return wants_json(words, {"--netns", "-N"});
}

}  // namespace mgwadm
