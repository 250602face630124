// SPDX-License-Identifier: GPL-2.0
/// The one writer of everything mgwadm prints, as text or as JSON. Each field
/// of an object is printed by one call, so the two cannot drift apart.
#ifndef MGWADM_OUTPUT_HPP
#define MGWADM_OUTPUT_HPP

#include <cstdint>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "mgw/service.hpp"
#include "text_layout.hpp"

namespace mgwadm {

enum class Format { text, json };

/// How an object looks as text.
enum class Layout {
  /// "service tcp 10.0.0.1:80 sched wlc ...", wrapped.
  record,
  /// The same on one line, however long.
  line,
  /// One field a line.
  lines,
  /// A row of a table.
  table,
};

/// Where text shows a field; JSON shows every one.
enum class Shown { always, in_detail, never };

/// Nobody reads any more, or the disk is full; code() is the errno.
class OutputError : public std::runtime_error {
 public:
  explicit OutputError(int code);
  [[nodiscard]] int code() const { return code_; }

 private:
  int code_;
};

class Output {
 public:
  Output(std::ostream& out, Format format) : out_(out), format_(format) {}

  [[nodiscard]] bool is_json() const { return format_ == Format::json; }
  /// Whether text shows what is Shown::in_detail.
  void set_detail(bool detail) { detail_ = detail; }

  /// A list of objects: an array in JSON. `title` names each object in text.
  /// Nothing is written before the first object, or the end.
  void begin_list(Layout layout, std::string_view title);
  void end_list();
  /// There will be no end: the array stays open, so that nobody who parses it
  /// takes a part for the whole.
  void break_off_list();
  /// An object of a list, or alone; then with a layout of its own.
  void begin_object();
  void begin_object(Layout layout, std::string_view title);
  void end_object();
  /// Objects inside an object: an array in JSON, an indented table in text.
  void begin_rows(std::string_view key, std::string_view title);
  void end_rows();
  /// JSON only: an object inside an object, or an array of objects.
  void begin_group(std::string_view key);
  void end_group();
  void begin_array(std::string_view key);
  void end_array();

  void number(std::string_view key, std::uint64_t value,
              Shown shown = Shown::always);
  void number(std::string_view key, std::optional<std::uint64_t> value,
              Shown shown = Shown::always);
  /// null in JSON and "-" in text when there is none.
  void number_or_none(std::string_view key, std::optional<std::uint64_t> value);
  void word(std::string_view key, const std::optional<std::string>& value,
            Shown shown = Shown::always);
  /// Text has "on" or "off".
  void boolean(std::string_view key, std::optional<bool> value, Shown shown);
  /// Text has the key alone, when it is true.
  void flag(std::string_view key, bool value);
  void address(std::string_view key, std::string_view label,
               const mgw::Address& addr);
  /// Keys are "raddr", "rport" for the corner 'r'.
  void endpoint(char corner, std::string_view label,
                const mgw::Endpoint& endpoint);
  void endpoint(char corner, std::string_view label,
                const mgw::PartialEndpoint& endpoint);
  /// Text has the word alone.
  void proto(mgw::Proto proto);
  void service_key(const mgw::ServiceKey& key, std::string_view label = "");
  void ports(std::optional<std::uint32_t> min,
             std::optional<std::uint32_t> max);
  void timeouts(const mgw::Timeouts& timeouts);
  /// The next field starts a new line of a record.
  void new_line() { breaks_ = true; }

  /// Text as it is; nothing in JSON.
  void text(const std::string& text);
  void flush();

 private:
  void json_open_list();
  void json_separator();
  void json_open(std::string_view key, char bracket);
  void json_close(char bracket);
  void json_key(std::string_view key);
  void json_number(std::string_view key, std::uint64_t value);
  void json_string(std::string_view key, const std::string& value);
  void cell(std::string_view label, std::string_view value, bool is_number,
            Shown shown);
  void finish_object();
  void check();

  std::ostream& out_;
  Format format_;
  bool detail_ = false;
  Layout layout_ = Layout::record;
  std::string title_;
  std::string rows_title_;
  bool in_list_ = false;
  /// The bracket of the list is still to be written.
  bool list_waits_ = false;
  bool in_rows_ = false;
  bool breaks_ = false;
  /// The object's own fields are out; its rows may follow.
  bool is_printed_ = false;
  Cells cells_;
  std::vector<Cells> rows_;
  /// One entry for each open bracket: whether something is inside.
  std::vector<bool> json_filled_;
};

}  // namespace mgwadm

#endif
