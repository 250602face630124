// SPDX-License-Identifier: GPL-2.0
/* The modes of forwarding, see mode.h. */
#include "mode.h"

const struct mgw_mode_rules mgw_mode_rules[] = {
	[MGW_MODE_FULLNAT] = {
		.needs_lport = true,
		.has_reply = true,
		.any_rport = true,
		.any_family = true,
		.local_rs = true,
	},
	[MGW_MODE_NAT] = {
		.has_reply = true,
		.reply_by_source = true,
		.any_rport = true,
	},
	[MGW_MODE_DR] = {
		.local_rs = true,
	},
	[MGW_MODE_TUNNEL] = {
		.wraps = true,
		.any_family = true,
		.local_rs = true,
	},
};
