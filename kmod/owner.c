// SPDX-License-Identifier: GPL-2.0
#include "owner.h"

void mgw_owner_init(struct mgw_owner *owner)
{
	spin_lock_init(&owner->lock);
}

/* Only @task itself writes it, so that whoever finds himself there is right. */
void mgw_owner_lock(struct mgw_owner *owner) __acquires(&owner->lock)
{
	if (!mgw_owner_is_me(owner)) {
		spin_lock(&owner->lock);
		WRITE_ONCE(owner->task, current);
	} else {
		__acquire(&owner->lock);
	}
	owner->depth++;
}

void mgw_owner_unlock(struct mgw_owner *owner) __releases(&owner->lock)
{
	if (--owner->depth) {
		__release(&owner->lock);
		return;
	}
	WRITE_ONCE(owner->task, NULL);
	spin_unlock(&owner->lock);
}

bool mgw_owner_release(struct mgw_owner *owner)
{
	if (owner->depth > 1)
		return false;
	mgw_owner_unlock(owner);
	/* For sparse, which can't know what the answer means. */
	__acquire(&owner->lock);
	return true;
}
