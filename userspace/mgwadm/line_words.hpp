// SPDX-License-Identifier: GPL-2.0
/// What a command line may have whatever its verbs are; of mgwadm and mgw-toa.
#ifndef MGWADM_LINE_WORDS_HPP
#define MGWADM_LINE_WORDS_HPP

#include <string>
#include <string_view>
#include <vector>

namespace mgwadm {

bool is_option(std::string_view word);

/// Whether errors are to be JSON, even when the rest cannot be read. What
/// follows one of `valued`, "--netns" or "-N", is its value and no option.
bool wants_json(const std::vector<std::string>& words,
                const std::vector<std::string_view>& valued);

/// "--" ends the options. CLI11 would end the verb there, too.
std::vector<std::string> without_dashes(std::vector<std::string> words);

/// "help" may stand before other words; what is wrong behind it counts.
std::vector<std::string> without_help(std::vector<std::string> words);

/// Throws UsageError; `hint` is for a word that is like none of those known.
[[noreturn]] void throw_unknown(std::string_view kind, const std::string& word,
                                const std::vector<std::string_view>& known,
                                std::string_view hint);
/// The same for an option; its value is no part of its name.
[[noreturn]] void throw_unknown_option(
    const std::string& word, const std::vector<std::string_view>& known,
    std::string_view hint);

}  // namespace mgwadm

#endif
