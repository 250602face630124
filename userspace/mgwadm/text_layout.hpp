// SPDX-License-Identifier: GPL-2.0
/// Fits text into 80 columns.
#ifndef MGWADM_TEXT_LAYOUT_HPP
#define MGWADM_TEXT_LAYOUT_HPP

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mgwadm {

inline constexpr std::size_t text_width = 80;

/// One field of an object as text.
struct Cell {
  /// Its name; empty when the value speaks for itself.
  std::string label;
  std::string value;
  bool is_number = false;
  /// In a record, starts a new line.
  bool breaks = false;

  /// "label value"
  [[nodiscard]] std::string phrase() const;
};

using Cells = std::vector<Cell>;

std::vector<std::string> split_words(std::string_view text);

/// Text whose bytes a terminal shows and does nothing else with: the others are
/// written as "\x1b". Names may be chosen by people who have no say here. A
/// backslash stays: systemd has it in names of cgroups.
std::string printable(std::string_view text);

/// Puts phrases on lines, never breaking inside one. Ends with a newline.
std::string wrap(const std::vector<std::string>& phrases, std::size_t indent,
                 std::size_t next_indent);

/// An object as phrases, wrapped; `title` comes first.
std::string layout_record(std::string_view title, const Cells& cells,
                          std::size_t indent);

/// An object on one line, however long.
std::string layout_line(std::string_view title, const Cells& cells);

/// One field a line, values aligned.
std::string layout_lines(const Cells& cells);

/// Objects of one kind in aligned columns under their labels; as records when
/// they are too wide for that.
std::string layout_table(std::string_view title, const std::vector<Cells>& rows,
                         std::size_t indent);

/// Rows of equal length: the first column is kept, and the others go into as
/// many blocks as the width needs. The first row is the heading.
std::string layout_blocks(const std::vector<std::vector<std::string>>& rows);

}  // namespace mgwadm

#endif
