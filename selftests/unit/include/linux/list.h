/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_LIST_H
#define _SHIM_LIST_H

#include <linux/types.h>

#define INIT_HLIST_HEAD(h)	((h)->first = NULL)
#define hlist_empty(h)		(!(h)->first)
#define hlist_entry(p, t, m)	((t *)((char *)(p) - offsetof(t, m)))

#define hlist_for_each_entry(pos, head, member)				\
	for (struct hlist_node *__p = (head)->first;			\
	     __p && (pos = hlist_entry(__p, __typeof__(*pos), member), 1); \
	     __p = __p->next)

#define hlist_for_each_entry_safe(pos, n, head, member)			\
	for (struct hlist_node *__p = (head)->first;			\
	     __p && (n = __p->next,					\
		     pos = hlist_entry(__p, __typeof__(*pos), member), 1); \
	     __p = n)

static inline void hlist_add_head(struct hlist_node *n, struct hlist_head *h)
{
	n->next = h->first;
	n->pprev = &h->first;
	if (n->next)
		n->next->pprev = &n->next;
	h->first = n;
}

/* A node on no list stays as it is, as in the kernel. */
static inline void hlist_del_init(struct hlist_node *n)
{
	if (!n->pprev)
		return;
	*n->pprev = n->next;
	if (n->next)
		n->next->pprev = n->pprev;
	n->next = NULL;
	n->pprev = NULL;
}

#define hlist_del(n)		hlist_del_init(n)

static inline void hlist_move_list(struct hlist_head *from,
				   struct hlist_head *to)
{
	to->first = from->first;
	if (to->first)
		to->first->pprev = &to->first;
	from->first = NULL;
}

#endif
