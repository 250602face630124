// SPDX-License-Identifier: GPL-2.0
/// The fields of every object, each once, for text and JSON alike. The caller
/// opens and closes the object.
#ifndef MGWADM_DESCRIBE_HPP
#define MGWADM_DESCRIBE_HPP

#include <vector>

#include "mgw/dev.hpp"
#include "mgw/event.hpp"
#include "mgw/laddr.hpp"
#include "mgw/service.hpp"
#include "mgw/session.hpp"
#include "output.hpp"

namespace mgwadm {

void describe(Output& output, const mgw::Service& service);
/// Without the key of its service: inside its service.
void describe_inner(Output& output, const mgw::Rs& rs);
void describe(Output& output, const mgw::Rs& rs);
void describe(Output& output, const mgw::Laddr& laddr);
void describe(Output& output, const mgw::Dev& dev);
void describe(Output& output, const mgw::Session& session);
/// Its name goes first, in JSON as "event".
void describe(Output& output, const mgw::Event& event);

}  // namespace mgwadm

#endif
