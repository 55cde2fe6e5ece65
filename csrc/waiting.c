/*
 * Threads that wait in the kernel are copied without a stop: nothing wakes them, and no call of theirs returns EINTR. The
 * kernel tells sp and pc; the registers that functions keep for their callers lie on the stack, but for those that have
 * not been saved by then. Where the reader finds that it needs one of those, it names the pc, and such a wait is stopped
 * once, if that disturbs nothing.
 */
#include <errno.h>

#include "session.h"

/* A thread that runs between each two looks is not waiting. */
#define ATTEMPTS 3

static size_t slot_of(uint64_t pc)
{
	return (size_t)(pc * 0x9e3779b97f4a7c15ull >> 32) % NEEDY_WAITS;
}

EXPORT int32_t session_stop_waits_at(struct session *s, double address)
{
	uint64_t pc = (uint64_t)address;

	for (size_t n = 0; n < NEEDY_WAITS; n++) {
		_Atomic uint64_t *slot = &s->needy_waits[(slot_of(pc) + n) % NEEDY_WAITS];
		uint64_t found = atomic_load(slot);

		if (found == pc)
			return 0;
		if (!found) {
			atomic_store(slot, pc);
			return 1;
		}
	}
	return -ENOSPC;
}

int session_wait_needs_stop(struct session *s, const struct wait *wait)
{
	/* Outside of a call it waits for memory, at an instruction where all registers may matter. */
	if (wait->call == -1)
		return 1;
	for (size_t n = 0; n < NEEDY_WAITS; n++) {
		uint64_t found = atomic_load(&s->needy_waits[(slot_of(wait->pc) + n) % NEEDY_WAITS]);

		if (found == wait->pc)
			return s->allow_eintr || wait_restarts(wait);
		if (!found)
			break;
	}
	return 0;
}

/* Copies the thread into s->capture, for a record that has begun. 0 or -errno. */
static int copy(struct session *s, struct task *t)
{
	if (s->with_kernel)
		session_read_kernel_stack(s, t);
	if (!t->thread_id)
		t->thread_id = threads_id_of(&s->threads, &s->memory, task_inner_tid(s->pid, t));
	return capture_waiting(&s->capture, &s->memory, &s->threads, &t->wait, t->thread_id, s->main_stack_end, t->pages);
}

enum task_state session_copy_waiting(struct session *s, struct task *t)
{
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		enum task_state state;

		if (!t->wait.sp || session_wait_needs_stop(s, &t->wait))
			return TASK_WAITING;
		session_begin_record(s, RECORD_CAPTURE, t);
		s->capture.head.flags |= FLAG_IDLE;
		if (!copy(s, t) && task_has_waited(s->pid, t))
			return TASK_SAME;
		/* The contents of code objects that it sent will not be. */
		threads_forget_code(&s->threads);
		state = task_look(s->pid, t);
		if (state != TASK_WAITING)
			return state;
	}
	return TASK_RUNNING;
}
