// SPDX-License-Identifier: GPL-2.0
#include "command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <utility>

#include "line_words.hpp"
#include "mgw/words.hpp"
#include "switches.hpp"

namespace toa {

namespace {

/// Kinds below are TCP's own, or were once.
constexpr std::uint64_t kind_min = 35;
constexpr std::uint64_t kind_max = 255;
constexpr std::string_view help_hint = "see mgw-toa --help";

/// CLI11 cuts the line into options and words; which of them are right is
/// decided here, for the sake of the sentences.
class Tree {
 public:
  Tree();
  CommandLine parse(std::vector<std::string> words);

 private:
  CLI::App* add_verb(const std::string& name);
  void run_cli(std::vector<std::string> words);
  /// The first wrong word is to blame, not the options behind it.
  void check_words() const;
  [[nodiscard]] bool asks_for_help() const;
  [[nodiscard]] Settings settings() const;

  CLI::App root_{"", "mgw-toa"};
  bool json_ = false;
  bool help_ = false;
  bool version_ = false;
  bool from_any_ = false;
  CLI::App* attach_ = nullptr;
  CLI::App* detach_ = nullptr;
  CLI::App* show_ = nullptr;
  CLI::Option* cgroup_ = nullptr;
  CLI::Option* from_ = nullptr;
  CLI::Option* kind_ = nullptr;
  CLI::Option* kind6_ = nullptr;
};

/// Options that take a word, and what it is.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> valued =
    {{{"--cgroup", "PATH"},
      {"--from", "PREFIX"},
      {"--kind", "N"},
      {"--kind6", "N"}}};

std::string give_value(std::string_view option) {
  for (const auto& [name, value] : valued) {
    if (name == option) {
      return fmt::format("give it{} with its value: {} {}",
                         name == "--from" ? "" : " once,", name, value);
    }
  }
  return fmt::format("is wrong here: {}", help_hint);
}

CLI::Option* add_option(CLI::App& app, const std::string& name) {
  return app.add_option(name)
      ->type_size(1)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

Tree::Tree() {
  root_.set_help_flag();
  root_.allow_extras();
  root_.require_subcommand(0, 1);
  mgwadm::add_switch(root_, "-j,--json", json_);
  mgwadm::add_switch(root_, "-h,--help", help_);
  mgwadm::add_switch(root_, "-V,--version", version_);
  attach_ = add_verb("attach");
  cgroup_ = add_option(*attach_, "--cgroup");
  from_ = add_option(*attach_, "--from");
  mgwadm::add_switch(*attach_, "--from-any", from_any_);
  kind_ = add_option(*attach_, "--kind");
  kind6_ = add_option(*attach_, "--kind6");
  detach_ = add_verb("detach");
  show_ = add_verb("show");
}

CLI::App* Tree::add_verb(const std::string& name) {
  auto* app = root_.add_subcommand(name);
  app->set_help_flag();
  app->allow_extras();
  mgwadm::add_switch(*app, "-j,--json", json_);
  mgwadm::add_switch(*app, "-h,--help", help_);
  return app;
}

void Tree::run_cli(std::vector<std::string> words) {
  std::reverse(words.begin(), words.end());
  try {
    root_.parse(words);
  } catch (const CLI::ArgumentMismatch& error) {
    check_words();
    mgwadm::refuse_switch_value(error);
    const std::string text = error.what();
    const auto option = text.substr(0, text.find(':'));
    throw UsageError(option, give_value(option));
  } catch (const CLI::ParseError& error) {
    throw UsageError("command line",
                     fmt::format("{}; {}", error.what(), help_hint));
  }
}

/// No word may be left over; `known` are those that could have been meant.
void check(const std::vector<std::string>& extras, std::string_view kind,
           const std::vector<std::string_view>& known,
           const std::vector<std::string_view>& options) {
  if (extras.empty()) {
    return;
  }
  const auto& word = extras.front();
  if (mgwadm::is_option(word)) {
    mgwadm::throw_unknown_option(word, options, help_hint);
  }
  const auto hint = known.empty() ? std::string(help_hint)
                                  : fmt::format("use {}", mgw::join_or(known));
  mgwadm::throw_unknown(kind, word, known, hint);
}

bool shows_connections(const std::vector<std::string>& words) {
  return words.size() == 1 && words.front() == "connections";
}

void Tree::check_words() const {
  check(mgwadm::without_help(root_.remaining()), "verb",
        {"attach", "detach", "show"}, {"--json", "--help", "--version"});
  if (attach_->parsed()) {
    check(mgwadm::without_help(attach_->remaining()), "word", {},
          {"--cgroup", "--from", "--from-any", "--kind", "--kind6", "--json",
           "--help"});
  }
  if (detach_->parsed()) {
    check(mgwadm::without_help(detach_->remaining()), "word", {},
          {"--json", "--help"});
  }
  const auto shown = mgwadm::without_help(show_->remaining());
  if (show_->parsed() && !shows_connections(shown)) {
    check(shown, "word", {"connections"}, {"--json", "--help"});
  }
}

bool Tree::asks_for_help() const {
  const auto begins_with_help = [](const CLI::App* app) {
    const auto words = app->remaining();
    return !words.empty() && words.front() == "help";
  };
  return begins_with_help(&root_) || begins_with_help(attach_) ||
         begins_with_help(detach_) || begins_with_help(show_);
}

std::string only_value(const CLI::Option& option) {
  if (option.count() != 1) {
    throw UsageError(option.get_name(), give_value(option.get_name()));
  }
  return option.results().front();
}

std::uint8_t parse_kind(const CLI::Option& option) {
  try {
    return static_cast<std::uint8_t>(
        mgw::parse_number(only_value(option), kind_min, kind_max));
  } catch (const mgw::ParseError& error) {
    throw UsageError(
        option.get_name(),
        fmt::format("{}: those below are TCP's own", error.what()));
  }
}

Settings Tree::settings() const {
  Settings settings;
  if (cgroup_->count() != 0) {
    settings.cgroup = only_value(*cgroup_);
  }
  if (kind_->count() != 0) {
    settings.kind = parse_kind(*kind_);
  }
  settings.kind6 = kind6_->count() != 0 ? parse_kind(*kind6_) : settings.kind;
  for (const auto& text : from_->results()) {
    try {
      settings.from.push_back(Prefix::parse(text));
    } catch (const mgw::ParseError& error) {
      throw UsageError("--from", error.what());
    }
  }
  if (settings.from.size() > TOA_PREFIXES_MAX) {
    throw UsageError("--from", fmt::format("at most {} are kept: give shorter "
                                           "prefixes",
                                           unsigned{TOA_PREFIXES_MAX}));
  }
  if (from_any_ && !settings.from.empty()) {
    throw UsageError("--from-any",
                     "--from says another thing: give one of "
                     "them");
  }
  if (!from_any_ && settings.from.empty()) {
    throw UsageError(
        "attach",
        "say whom to believe: --from PREFIX, the balancer's laddrs. Whoever "
        "reaches this host without the balancer can write the option, too, "
        "and be anybody; if nobody can, --from-any");
  }
  return settings;
}

CommandLine Tree::parse(std::vector<std::string> words) {
  run_cli(mgwadm::without_dashes(std::move(words)));
  CommandLine line;
  line.json = json_;
  if (help_) {
    line.text = help();
    return line;
  }
  if (version_) {
    line.text = "mgw-toa " MGW_RELEASE "\n";
    return line;
  }
  check_words();
  if (asks_for_help()) {
    line.text = help();
  } else if (attach_->parsed()) {
    line.verb = Verb::attach;
    line.settings = settings();
  } else if (detach_->parsed()) {
    line.verb = Verb::detach;
  } else if (shows_connections(show_->remaining())) {
    line.verb = Verb::show_connections;
  }
  return line;
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& words) {
  return Tree().parse(words);
}

bool wants_json(const std::vector<std::string>& words) {
  std::vector<std::string_view> names;
  names.reserve(valued.size());
  for (const auto& option : valued) {
    names.push_back(option.first);
  }
  return mgwadm::wants_json(words, names);
}

std::string help() {
  return "mgw-toa: servers behind MGW see the clients' addresses\n\n"
         "  mgw-toa [-j] attach [--cgroup PATH] [--from PREFIX]... "
         "[--from-any]\n"
         "      [--kind N] [--kind6 N]\n"
         "  mgw-toa [-j] detach\n"
         "  mgw-toa [-j] show [connections]\n"
         "  mgw-toa                   the same as: mgw-toa show\n\n"
         "For real servers: reads the TCP option in which the balancer names "
         "the\n"
         "client, so that accept() and getpeername() of unchanged programs "
         "answer with\n"
         "that client. attach once more replaces what is attached, and "
         "connections keep\n"
         "their clients.\n\n"
         "Options:\n"
         "  --cgroup PATH         whose programs: those of this cgroup and of "
         "all below;\n"
         "                        /sys/fs/cgroup if not given\n"
         "  --from PREFIX         whom to believe: the balancer's laddrs, a "
         "network or an\n"
         "                        address; may be repeated\n"
         "  --from-any            believe everybody who can reach this host\n"
         "  --kind N              kind of the option, 35 to 255; 254 if not "
         "given\n"
         "  --kind6 N             a second kind that may hold an IPv6 address; "
         "253 for\n"
         "                        alibaba's LVS\n"
         "  -j, --json            print JSON, and errors as JSON too\n"
         "  -V, --version         print the release of mgw-toa\n"
         "  -h, --help            print this, as the word help does\n\n"
         "Examples:\n"
         "  mgw-toa attach --from 10.0.1.0/24 --from 2001:db8:1::/64\n"
         "  mgw-toa attach --cgroup /sys/fs/cgroup/system.slice/nginx.service "
         "\\\n"
         "      --from 10.0.1.1\n"
         "  mgw-toa -j show connections\n\n"
         "Exit code: 0 done, 1 refused, 2 wrong command line, 3 permission or "
         "a\n"
         "feature of the kernel missing. The manual: mgw-toa(8).\n";
}

}  // namespace toa
