// SPDX-License-Identifier: GPL-2.0
/// The grammar as data: nouns, their verbs, words and options. The parser, the
/// help texts and the tests all read these tables.
#ifndef MGWADM_COMMAND_HPP
#define MGWADM_COMMAND_HPP

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arguments.hpp"
#include "mgw/client.hpp"
#include "output.hpp"

namespace mgwadm {

/// What a verb works with.
class Context {
 public:
  using Connect = std::function<std::unique_ptr<mgw::Client>(
      const std::optional<std::string>& netns)>;

  Context(Output& output, std::ostream& err, const Connect& connect,
          std::optional<std::string> netns)
      : output_(output),
        err_(err),
        connect_(connect),
        netns_(std::move(netns)) {}

  [[nodiscard]] Output& output() { return output_; }
  /// Connects when it is first needed: a wrong word is found without a module.
  [[nodiscard]] mgw::Client& client();
  /// A remark beside the output; changes no exit code.
  void note(const std::string& sentence);
  /// The remark about a list of configuration that is not of one moment.
  void note_if_torn(mgw::DumpEnd end);

 private:
  Output& output_;
  std::ostream& err_;
  const Connect& connect_;
  std::optional<std::string> netns_;
  std::unique_ptr<mgw::Client> client_;
};

struct Option {
  /// "--weight"
  std::string_view name;
  /// "N", or "tcp|udp VADDR:PORT" for two words; empty for a switch.
  std::string_view value;
  std::string_view help;
  bool repeats = false;
};

struct Verb {
  /// Empty when the noun alone is the command.
  std::string_view name;
  /// Words that follow, in order.
  std::vector<std::string_view> words;
  /// How many of them may be given.
  std::vector<std::size_t> word_counts;
  std::vector<Option> options;
  std::function<void(Context&, const Arguments&)> run;
};

struct Noun {
  std::string_view name;
  std::string_view summary;
  std::vector<Verb> verbs;
  /// Paragraphs for the noun's help.
  std::vector<std::string_view> details;
  std::vector<std::string_view> examples;
};

/// Part of the name of a service by fwmark.
Option family_option();

/// In the order of the help.
const std::vector<Noun>& nouns();

Noun service_noun();
Noun rs_noun();
Noun laddr_noun();
Noun dev_noun();
Noun session_noun();
Noun stats_noun();
Noun monitor_noun();
Noun version_noun();

}  // namespace mgwadm

#endif
