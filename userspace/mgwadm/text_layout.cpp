// SPDX-License-Identifier: GPL-2.0
#include "text_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace mgwadm {

namespace {

constexpr std::size_t record_indent = 4;

void trim_right(std::string& line) {
  line.erase(line.find_last_not_of(' ') + 1);
}

std::string pad(const std::string& text, std::size_t width, bool right) {
  return right ? fmt::format("{:>{}}", text, width)
               : fmt::format("{:<{}}", text, width);
}

/// A column nobody has anything to say in: no label and no value.
bool is_blank(const std::vector<Cells>& rows, std::size_t column) {
  return std::all_of(rows.begin(), rows.end(), [column](const Cells& row) {
    return row[column].label.empty() && row[column].value.empty();
  });
}

std::vector<std::size_t> column_widths(const std::vector<Cells>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < widths.size(); i++) {
      widths[i] =
          std::max({widths[i], row[i].label.size(), row[i].value.size()});
    }
  }
  return widths;
}

std::optional<std::size_t> fitting_gap(const std::vector<std::size_t>& widths,
                                       std::size_t indent) {
  std::size_t used = indent;
  for (const auto width : widths) {
    used += width;
  }
  const std::size_t gaps = widths.size() - 1;
  for (const std::size_t gap : {2, 1}) {
    if (used + gaps * gap <= text_width) {
      return gap;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string Cell::phrase() const {
  if (label.empty() || value.empty()) {
    return label + value;
  }
  return label + ' ' + value;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end != 0) {
      words.emplace_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::string printable(std::string_view text) {
  std::string shown;
  for (const char character : text) {
    if (character < ' ' || character > '~') {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(character));
    } else {
      shown += character;
    }
  }
  return shown;
}

std::string wrap(const std::vector<std::string>& phrases, std::size_t indent,
                 std::size_t next_indent) {
  std::string text;
  std::string line(indent, ' ');
  bool is_empty = true;
  for (const auto& phrase : phrases) {
    if (phrase.empty()) {
      continue;
    }
    if (!is_empty && line.size() + 1 + phrase.size() > text_width) {
      text += line + '\n';
      line.assign(next_indent, ' ');
      is_empty = true;
    }
    line += (is_empty ? "" : " ") + phrase;
    is_empty = false;
  }
  return text + line + '\n';
}

std::string layout_record(std::string_view title, const Cells& cells,
                          std::size_t indent) {
  std::string text;
  std::size_t line_indent = indent;
  std::vector<std::string> phrases;
  if (!title.empty()) {
    phrases.emplace_back(title);
  }
  for (const auto& cell : cells) {
    if (cell.breaks && !phrases.empty()) {
      text += wrap(phrases, line_indent, indent + record_indent);
      phrases.clear();
      line_indent = indent + record_indent;
    }
    phrases.push_back(cell.phrase());
  }
  return text + wrap(phrases, line_indent, indent + record_indent);
}

std::string layout_line(std::string_view title, const Cells& cells) {
  std::string line(title);
  for (const auto& cell : cells) {
    const auto phrase = cell.phrase();
    if (!phrase.empty()) {
      line += (line.empty() ? "" : " ") + phrase;
    }
  }
  return line + '\n';
}

std::string layout_lines(const Cells& cells) {
  std::size_t label_width = 0;
  std::size_t number_width = 0;
  for (const auto& cell : cells) {
    label_width = std::max(label_width, cell.label.size());
    if (cell.is_number) {
      number_width = std::max(number_width, cell.value.size());
    }
  }
  std::string text;
  for (const auto& cell : cells) {
    text += fmt::format(
        "{}  {}\n", pad(cell.label, label_width, false),
        cell.is_number ? pad(cell.value, number_width, true) : cell.value);
  }
  return text;
}

std::string layout_table(std::string_view title, const std::vector<Cells>& rows,
                         std::size_t indent) {
  if (rows.empty()) {
    return "";
  }
  const bool is_even = std::all_of(
      rows.begin(), rows.end(),
      [&rows](const Cells& row) { return row.size() == rows.front().size(); });
  const auto widths =
      is_even ? column_widths(rows) : std::vector<std::size_t>{};
  const auto gap = is_even ? fitting_gap(widths, indent) : std::nullopt;
  std::string text;
  if (!gap) {
    for (const auto& row : rows) {
      text += layout_record(title, row, indent);
    }
    return text;
  }
  const auto add_line = [&](const Cells& row, bool heading) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < row.size(); i++) {
      if (is_blank(rows, i)) {
        continue;
      }
      line += i == 0 ? "" : std::string(*gap, ' ');
      line += pad(heading ? row[i].label : row[i].value, widths[i],
                  row[i].is_number);
    }
    trim_right(line);
    text += line + '\n';
  };
  add_line(rows.front(), true);
  for (const auto& row : rows) {
    add_line(row, false);
  }
  return text;
}

std::string layout_blocks(const std::vector<std::vector<std::string>>& rows) {
  constexpr std::size_t gap = 2;
  const std::size_t count = rows.front().size();
  std::vector<std::size_t> widths(count);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < count; i++) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  std::size_t first = 1;
  while (first < count) {
    std::size_t used = widths[0];
    std::size_t last = first;
    while (last < count &&
           (last == first || used + gap + widths[last] <= text_width)) {
      used += gap + widths[last];
      last++;
    }
    text += first == 1 ? "" : "\n";
    for (const auto& row : rows) {
      text += pad(row[0], widths[0], false);
      for (std::size_t i = first; i < last; i++) {
        text += std::string(gap, ' ') + pad(row[i], widths[i], true);
      }
      text += '\n';
    }
    first = last;
  }
  return text;
}

}  // namespace mgwadm
