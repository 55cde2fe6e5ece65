/*
 * The stops of one tick. While a thread is copied the next one is on its way into its stop: so each is stopped for little
 * more than its own copy, and all of them take little more than all copies. One that does not stop at once, because it
 * waits for a CPU or sleeps uninterruptibly, holds up nobody.
 */
#include "clock.h"
#include "session.h"

/* How many are asked to stop at a time: a third would stand still while the second is copied. */
#define AHEAD 2
/* For a thread that does not stop, in a tick. */
#define TICK_WAIT_NS (5 * NS_PER_MS)
/* A thread that has not stopped by then was not on a CPU. */
#define LATE_NS (100 * NS_PER_US)
#define SLEEP_NS (50 * NS_PER_US)

static void count_stop(struct session_counters *counters, uint64_t ns)
{
	if (!counters->stops || ns < counters->stop_min_ns)
		counters->stop_min_ns = ns;
	if (ns > counters->stop_max_ns)
		counters->stop_max_ns = ns;
	counters->stop_sum_ns += ns;
	counters->stops++;
}

/* Copies a stopped thread into s->capture and lets it run on. Returns 0 if there is a record to write. */
static int copy_and_release(struct session *s, struct request *r, const struct stop *stop)
{
	struct task *t = r->task;
	uint64_t now = clock_now();
	int is_late = now - r->since_ns > LATE_NS, error;

	if (stop->group_stopped)
		s->capture.head.flags |= FLAG_GROUP_STOPPED;
	if (stop->signal)
		s->capture.head.flags |= FLAG_SIGNALLED;
	error = capture_thread(&s->capture, &s->memory, &s->threads, &stop->registers, s->main_stack_end, t->pages);
	t->stop_turns = 0;
	if (!error && is_late)
		task_stopped_late(s->pid, t);
	tracee_release(t->tid, stop);
	s->capture.head.stop_ns = (uint32_t)(clock_now() - (r->since_ns ? r->since_ns : now));
	count_stop(&s->counters, s->capture.head.stop_ns);
	t->pending = 0;
	t->thread_id = stop->registers.fs_base;
	if (error)
		return error;
	t->pages = image_page_list(&s->capture.image, t->pages);
	t->stack_at = s->capture.image.stack_address;
	t->stack_size = s->capture.image.stack_size;
	session_settle(s, t);
	return 0;
}

static void serve(struct session *s, struct request *r, const struct stop *stop)
{
	struct task *t = r->task;

	session_begin_record(s, RECORD_CAPTURE, t);
	if (r->state != TASK_RUNNING) {
		s->capture.head.flags |= FLAG_IDLE;
		s->capture.head.kernel_size = r->kernel_size;
	}
	t->partial = 0;
	if (copy_and_release(s, r, stop) || !session_end_record(s, t)) {
		t->stop_turns = 0;
		return;
	}
	/* Where a stop comes late, it is not known what was before it. */
	if (r->state == TASK_WAITING && r->since_ns)
		task_returns(t, s->capture.sp, s->capture.pc);
}

/* Looks whether a thread has stopped, and serves it. Returns whether nothing more is to be done for it. */
static int look(struct session *s, struct request *r)
{
	struct stop stop;

	switch (tracee_poll(r->task->tid, &stop)) {
	case STOP_PENDING:
		return 0;
	case STOP_GONE:
		r->task->pending = 0;
		s->relist = 1;
		return 1;
	case STOP_OK:
		serve(s, r, &stop);
		break;
	}
	return 1;
}

/* One that is ready to run stops when it gets a CPU; its time goes to its next record. */
static void leave(struct session *s, struct task *t)
{
	if (task_letter(s->pid, t->tid) != 'D')
		return;
	session_begin_record(s, RECORD_BLOCKED, t);
	session_end_record(s, t);
}

/* Asks a thread to stop; not one that was asked in an earlier tick. 0 or -errno if it may not be traced. */
static int ask(struct session *s, struct request *r)
{
	int error = 0;

	if (r->task->pending)
		return 0;
	error = session_seize(s, r->task);
	if (r->task->pending) {
		r->since_ns = clock_now();
		tracee_interrupt(r->task->tid);
	}
	return error;
}

/* Looks once at all that are late. Returns whether some are left; is_urgent, whether one of those is about to end. */
static int look_at_late(struct session *s, struct request *requests, size_t count, int *is_urgent)
{
	int left = 0;

	*is_urgent = 0;
	for (size_t i = 0; i < count; i++) {
		if (!requests[i].late)
			continue;
		requests[i].late = !look(s, &requests[i]);
		left |= requests[i].late;
		*is_urgent |= requests[i].late && task_is_dying(requests[i].task->tid);
	}
	return left;
}

/* Serves those that are late, until all are or have had their time. */
static void serve_late(struct session *s, struct request *requests, size_t count)
{
	uint64_t deadline = clock_now() + TICK_WAIT_NS;
	int is_urgent;

	while (look_at_late(s, requests, count, &is_urgent) && clock_now() < deadline)
		if (!is_urgent)
			nanosleep(&(struct timespec){ .tv_nsec = SLEEP_NS }, NULL);
	for (size_t i = 0; i < count; i++)
		if (requests[i].late)
			leave(s, requests[i].task);
}

int session_stop_and_copy(struct session *s, struct request *requests, size_t count)
{
	/* At first another tracer may have to be waited for, which must not be while a thread of ours is stopped. */
	size_t ahead = s->begun ? AHEAD : 1, next = 0, opened = 0;
	struct request *open[AHEAD];
	int error = 0, lates = 0;

	while ((next < count && !error) || opened) {
		size_t left = 0;

		while (opened < ahead && next < count && !error) {
			error = ask(s, &requests[next]);
			if (requests[next].task->pending)
				open[opened++] = &requests[next];
			next++;
		}
		for (size_t i = 0; i < opened; i++) {
			struct request *r = open[i];

			if (look(s, r))
				continue;
			r->late = clock_now() - r->since_ns > LATE_NS;
			lates += r->late;
			if (!r->late)
				open[left++] = r;
		}
		opened = left;
	}
	if (lates)
		serve_late(s, requests, count);
	return error;
}
