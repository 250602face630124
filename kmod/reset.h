/* SPDX-License-Identifier: GPL-2.0 */
/* What the ends of a connection are told when its session ends before it. */
#ifndef MGW_RESET_H
#define MGW_RESET_H

#include <linux/skbuff.h>

struct mgw_cpu;
struct mgw_net;
struct mgw_session;

/**
 * mgw_reset_ends() - make an RST for each end that waits for more
 * @mc: the owner
 * @sess: a session that is about to end, its time being up; still linked
 * @list: gets what is ready to be sent, with mgw_reset_send()
 *
 * Each is one that the other end might have sent, and is rewritten like it. Without
 * it an end would learn, if at all, that its connection is over when it next sends;
 * and what it sends then may be a stranger's by its local port. Not in modes dr and
 * tunnel, where what the rs has sent is not known, nor when the session should have
 * ended long ago.
 *
 * Context: owner, BH disabled, RCU read side.
 */
void mgw_reset_ends(struct mgw_cpu *mc, struct mgw_session *sess,
		    struct sk_buff_head *list);

/**
 * mgw_reset_send() - send by the stack's output
 * @mnet: namespace
 * @list: of mgw_reset_ends(); empty afterwards
 *
 * Context: BH disabled, RCU read side; others have been let in, see mgw_owner_pause().
 */
void mgw_reset_send(struct mgw_net *mnet, struct sk_buff_head *list);

#endif /* MGW_RESET_H */
