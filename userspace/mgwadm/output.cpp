// SPDX-License-Identifier: GPL-2.0
#include "output.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "mgw/error.hpp"

namespace mgwadm {

namespace {

constexpr std::size_t rows_indent = 4;

}  // namespace

OutputError::OutputError(int code)
    : std::runtime_error("cannot write the output: " +
                         mgw::errno_sentence(code)),
      code_(code) {}

void Output::begin_list(Layout layout, std::string_view title) {
  layout_ = layout;
  title_ = title;
  in_list_ = true;
  list_waits_ = is_json();
}

void Output::end_list() {
  json_open_list();
  in_list_ = false;
  if (is_json()) {
    out_ << (json_filled_.back() ? "\n" : "");
    json_close(']');
    out_ << '\n';
  } else if (layout_ == Layout::table) {
    out_ << layout_table(title_, rows_, 0);
    rows_.clear();
  }
  check();
}

void Output::break_off_list() {
  if (!json_filled_.empty()) {
    out_ << '\n';
  }
  json_filled_.clear();
  in_list_ = false;
  list_waits_ = false;
  check();
}

void Output::begin_object(Layout layout, std::string_view title) {
  layout_ = layout;
  title_ = title;
  begin_object();
}

void Output::begin_object() {
  if (is_json()) {
    json_open_list();
    json_open("", '{');
  }
  cells_.clear();
  if (!in_rows_) {
    is_printed_ = false;
  }
}

void Output::end_object() {
  if (is_json()) {
    json_close('}');
    if (json_filled_.empty()) {
      out_ << '\n';
    }
  } else if (in_rows_ || (in_list_ && layout_ == Layout::table)) {
    rows_.push_back(std::move(cells_));
  } else {
    finish_object();
  }
  cells_.clear();
  check();
}

/// Writes what was collected of an object, once.
void Output::finish_object() {
  if (is_printed_) {
    return;
  }
  is_printed_ = true;
  switch (layout_) {
    case Layout::record:
    case Layout::table:
      out_ << layout_record(title_, cells_, 0);
      break;
    case Layout::line:
      out_ << layout_line(title_, cells_);
      break;
    case Layout::lines:
      out_ << layout_lines(cells_);
      break;
  }
  cells_.clear();
}

void Output::begin_rows(std::string_view key, std::string_view title) {
  if (is_json()) {
    json_open(key, '[');
  } else {
    finish_object();
  }
  rows_title_ = title;
  in_rows_ = true;
}

void Output::end_rows() {
  if (is_json()) {
    json_close(']');
  } else {
    out_ << layout_table(rows_title_, rows_, rows_indent);
    rows_.clear();
    is_printed_ = true;
  }
  in_rows_ = false;
}

void Output::begin_group(std::string_view key) {
  if (is_json()) {
    json_open(key, '{');
  }
}

void Output::end_group() {
  if (is_json()) {
    json_close('}');
  }
}

void Output::begin_array(std::string_view key) {
  if (is_json()) {
    json_open(key, '[');
  }
}

void Output::end_array() {
  if (is_json()) {
    json_close(']');
  }
}

void Output::number(std::string_view key, std::uint64_t value, Shown shown) {
  if (is_json()) {
    json_number(key, value);
  } else {
    cell(key, std::to_string(value), true, shown);
  }
}

void Output::number(std::string_view key, std::optional<std::uint64_t> value,
                    Shown shown) {
  if (value) {
    number(key, *value, shown);
  }
}

void Output::number_or_none(std::string_view key,
                            std::optional<std::uint64_t> value) {
  if (value) {
    number(key, *value);
  } else if (is_json()) {
    json_key(key);
    out_ << "null";
  } else {
    cell(key, "-", true, Shown::always);
  }
}

void Output::word(std::string_view key, const std::optional<std::string>& value,
                  Shown shown) {
  if (!value) {
    return;
  }
  if (is_json()) {
    json_string(key, *value);
  } else {
    cell(key, *value, false, shown);
  }
}

void Output::boolean(std::string_view key, std::optional<bool> value,
                     Shown shown) {
  if (!value) {
    return;
  }
  if (is_json()) {
    json_key(key);
    out_ << (*value ? "true" : "false");
  } else {
    cell(key, *value ? "on" : "off", false, shown);
  }
}

void Output::flag(std::string_view key, bool value) {
  if (is_json()) {
    json_key(key);
    out_ << (value ? "true" : "false");
  } else {
    cell("", value ? std::string(key) : "", false, Shown::always);
  }
}

void Output::address(std::string_view key, std::string_view label,
                     const mgw::Address& addr) {
  if (is_json()) {
    json_string(key, addr.to_string());
  } else {
    cell(label, addr.to_string(), false, Shown::always);
  }
}

void Output::endpoint(char corner, std::string_view label,
                      const mgw::Endpoint& endpoint) {
  this->endpoint(corner, label,
                 mgw::PartialEndpoint{endpoint.addr, endpoint.port});
}

void Output::endpoint(char corner, std::string_view label,
                      const mgw::PartialEndpoint& endpoint) {
  if (is_json()) {
    json_string(fmt::format("{}addr", corner), endpoint.addr.to_string());
    if (endpoint.port) {
      json_number(fmt::format("{}port", corner), *endpoint.port);
    }
  } else {
    cell(label, endpoint.to_string(), false, Shown::always);
  }
}

void Output::proto(mgw::Proto proto) {
  if (is_json()) {
    json_string("proto", to_string(proto));
  } else {
    cell("", to_string(proto), false, Shown::always);
  }
}

void Output::service_key(const mgw::ServiceKey& key, std::string_view label) {
  if (key.fwmark) {
    if (is_json()) {
      json_number("fwmark", *key.fwmark);
      json_string("family", to_string(key.family));
    } else {
      cell(label, fmt::format("fwmark {}", *key.fwmark), false, Shown::always);
      if (key.family == mgw::Family::v6) {
        cell("family", to_string(key.family), false, Shown::always);
      }
    }
    return;
  }
  if (is_json()) {
    json_string("proto", to_string(key.proto));
    endpoint('v', label, key.endpoint);
  } else {
    cell(label, key.to_string(), false, Shown::always);
  }
}

void Output::ports(std::optional<std::uint32_t> min,
                   std::optional<std::uint32_t> max) {
  if (!min || !max) {
    return;
  }
  if (is_json()) {
    json_number("port_min", *min);
    json_number("port_max", *max);
  } else {
    cell("ports", fmt::format("{}-{}", *min, *max), false, Shown::always);
  }
}

void Output::timeouts(const mgw::Timeouts& timeouts) {
  if (timeouts.empty()) {
    return;
  }
  begin_group("timeouts");
  new_line();
  const auto words = mgw::session_state_words();
  std::string_view label = "timeout";
  for (std::size_t state = 0; state < words.size(); state++) {
    const auto seconds = timeouts.seconds.at(state);
    if (!seconds) {
      continue;
    }
    if (is_json()) {
      json_number(words[state], *seconds);
    } else {
      cell(std::exchange(label, ""),
           fmt::format("{}={}", words[state], *seconds), false,
           Shown::in_detail);
    }
  }
  end_group();
  breaks_ = false;
}

void Output::text(const std::string& text) {
  if (!is_json()) {
    out_ << text;
    check();
  }
}

void Output::flush() {
  out_.flush();
  check();
}

void Output::cell(std::string_view label, std::string_view value,
                  bool is_number, Shown shown) {
  const bool breaks = std::exchange(breaks_, false);
  const bool visible = shown == Shown::always ||
                       (shown == Shown::in_detail && detail_ && !in_rows_);
  if (visible) {
    cells_.push_back({std::string(label), printable(value), is_number, breaks});
  }
}

void Output::json_open_list() {
  if (std::exchange(list_waits_, false)) {
    out_ << '[';
    json_filled_.push_back(false);
  }
}

void Output::json_separator() {
  if (json_filled_.empty()) {
    return;
  }
  const bool is_list_item = in_list_ && json_filled_.size() == 1;
  out_ << (json_filled_.back() ? "," : "") << (is_list_item ? "\n" : "");
  json_filled_.back() = true;
}

void Output::json_open(std::string_view key, char bracket) {
  if (key.empty()) {
    json_separator();
  } else {
    json_key(key);
  }
  out_ << bracket;
  json_filled_.push_back(false);
}

void Output::json_close(char bracket) {
  out_ << bracket;
  json_filled_.pop_back();
}

void Output::json_key(std::string_view key) {
  json_separator();
  out_ << '"' << key << "\":";
}

void Output::json_number(std::string_view key, std::uint64_t value) {
  json_key(key);
  out_ << value;
}

void Output::json_string(std::string_view key, const std::string& value) {
  json_key(key);
  /* Names come from the kernel as bytes: what is no UTF-8 is replaced. */
  out_ << nlohmann::json(value).dump(-1, ' ', false,
                                     nlohmann::json::error_handler_t::replace);
}

void Output::check() {
  if (!out_) {
    throw OutputError(errno);
  }
}

}  // namespace mgwadm
