/* SPDX-License-Identifier: GPL-2.0 */
/* What a mode of forwarding asks for and allows, in one table. */
#ifndef MGW_MODE_H
#define MGW_MODE_H

#include <linux/types.h>
#include <uapi/linux/mgw.h>

/**
 * struct mgw_mode_rules - one mode
 * @needs_lport: the rs sees a local address and port of ours; else the client's
 * @has_reply: the rs answers by us; else the client itself, as the vaddr
 * @reply_by_source: the rs answers to its client, so that of an answer only the source
 *	says that it concerns us
 * @wraps: packets reach the rs within others, about which the routers on their way
 *	may report errors to us
 * @any_rport: the rs may have another port than the service
 * @any_family: the rs may be of the other IP version
 * @local_rs: the rs may be this host
 *
 * For the rules between settings, for what begins a session, and for rare packets. The
 * way of the others follows from the session's tuples and MGW_SESSION_ONE_WAY.
 */
struct mgw_mode_rules {
	bool needs_lport;
	bool has_reply;
	bool reply_by_source;
	bool wraps;
	bool any_rport;
	bool any_family;
	bool local_rs;
};

extern const struct mgw_mode_rules mgw_mode_rules[MGW_MODE_MAX + 1];

#endif /* MGW_MODE_H */
