/* One thread in one tick: looked at, and stopped and copied if it has run. */
#include "clock.h"
#include "session.h"

/* For a thread that does not stop, in a tick. */
#define TICK_WAIT_NS (5 * NS_PER_MS)
/* A thread that waits for a CPU is reported at least this often. */
#define READY_NS (50 * NS_PER_MS)
/* A thread that has not stopped by then was not on a CPU. */
#define LATE_NS (100 * NS_PER_US)

static void count_stop(struct session_counters *counters, uint64_t ns)
{
	if (!counters->stops || ns < counters->stop_min_ns)
		counters->stop_min_ns = ns;
	if (ns > counters->stop_max_ns)
		counters->stop_max_ns = ns;
	counters->stop_sum_ns += ns;
	counters->stops++;
}

/*
 * Copies a stopped thread into s->capture and lets it run on. since_ns is when it was asked to stop; 0: in an earlier
 * tick. Returns 0 if there is a record to write.
 */
static int copy_and_release(struct session *s, struct task *t, const struct stop *stop, uint64_t since_ns)
{
	uint64_t now = clock_now();
	int is_late = now - since_ns > LATE_NS, error;

	if (stop->group_stopped)
		s->capture.head.flags |= FLAG_GROUP_STOPPED;
	if (stop->signal)
		s->capture.head.flags |= FLAG_SIGNALLED;
	error = capture_thread(&s->capture, &s->memory, &s->threads, &stop->registers, s->main_stack_end, t->pages);
	t->thread_id = stop->registers.fs_base;
	t->stop_turns = 0;
	if (!error && is_late)
		task_stopped_late(s->pid, t);
	tracee_release(t->tid, stop);
	s->capture.head.stop_ns = (uint32_t)(clock_now() - (since_ns ? since_ns : now));
	count_stop(&s->counters, s->capture.head.stop_ns);
	t->pending = 0;
	if (!error)
		t->pages = image_page_list(&s->capture.image, t->pages);
	return error;
}

/* Stops, copies and releases one thread, and writes its record. 0 or -errno if it may not be traced. */
static int sample_task(struct session *s, struct task *t, enum task_state state)
{
	int late = t->pending;
	uint64_t since = clock_now();
	struct stop stop;
	int error;

	session_begin_record(s, RECORD_CAPTURE, t);
	if (state != TASK_RUNNING) {
		s->capture.head.flags |= FLAG_IDLE;
		if (s->with_kernel)
			session_read_kernel_stack(s, t);
	}
	if (!late) {
		error = session_seize(s, t);
		if (!t->pending)
			return error;
		since = clock_now();
		tracee_interrupt(t->tid);
	}
	switch (tracee_wait(t->tid, since + TICK_WAIT_NS, &stop)) {
	case STOP_PENDING:
		/* One that is ready to run stops when it gets a CPU; its time goes to its next record. */
		if (task_letter(s->pid, t->tid) == 'D') {
			s->capture.head.kind = RECORD_BLOCKED;
			session_end_record(s, t);
		}
		return 0;
	case STOP_GONE:
		t->pending = 0;
		s->relist = 1;
		return 0;
	case STOP_OK:
		break;
	}
	t->partial = 0;
	if (copy_and_release(s, t, &stop, late ? 0 : since) || !session_end_record(s, t)) {
		t->stop_turns = 0;
		return 0;
	}
	/* Where a stop comes late, it is not known what was before it. */
	if (state == TASK_WAITING && !late)
		task_returns(t, s->capture.sp, s->capture.pc);
	return 0;
}

/* A copy of it stands as long as it does not run. */
static void write_waiting(struct session *s, struct task *t)
{
	t->pages = image_page_list(&s->capture.image, t->pages);
	t->captured = t->partial = session_end_record(s, t);
}

void session_report_ready(struct session *s, struct task *t)
{
	if (!t->ready_ns)
		return;
	session_begin_record(s, RECORD_SAME, t);
	s->capture.head.time_ns = t->ready_ns;
	s->capture.head.elapsed_ns = t->ready_ns - t->last_ns;
	session_end_record(s, t);
	t->ready_ns = 0;
}

int session_sample_task(struct session *s, struct task *t)
{
	/* One that was asked to stop in an earlier tick may have done so, and would look as if it waited. */
	enum task_state state = t->pending ? TASK_RUNNING : task_look(s->pid, t);

	if (state == TASK_GONE) {
		s->relist = 1;
		return 0;
	}
	if (state == TASK_READY) {
		t->ready_ns = clock_now();
		/* Where threads wait for CPUs the reader does too: it is told once of what does not change. */
		if (t->ready_ns - t->last_ns >= READY_NS || atomic_load(&s->stop))
			session_report_ready(s, t);
		return 0;
	}
	session_report_ready(s, t);
	if (state == TASK_SAME && t->partial && session_wait_needs_stop(s, &t->wait))
		state = TASK_WAITING;
	if (state == TASK_SAME) {
		session_begin_record(s, RECORD_SAME, t);
		s->capture.head.flags |= FLAG_IDLE;
		session_end_record(s, t);
		return 0;
	}
	if (s->unstopped) {
		session_observe(s, t, state);
		return 0;
	}
	if (state == TASK_WAITING) {
		state = session_copy_waiting(s, t);
		if (state == TASK_SAME) {
			write_waiting(s, t);
			return 0;
		}
	}
	if (state == TASK_GONE) {
		s->relist = 1;
		return 0;
	}
	return sample_task(s, t, state);
}
