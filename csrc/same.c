/*
 * Threads that have not run since they were copied: what they did stands, and their records say for how long. What does
 * not change is told in turns, so that hundreds of threads that wait cost the reader, and who reads what it writes, no
 * more than a few.
 */
#include "clock.h"
#include "session.h"

/* So many threads are told of in a tick, ... */
#define TOLD_PER_TICK 8
/* ... but each at least this often, if there are ticks so often. */
#define TOLD_NS (50 * NS_PER_MS)

void session_report_same(struct session *s, struct task *t)
{
	if (!t->same_ns)
		return;
	session_begin_record(s, RECORD_SAME, t);
	s->capture.head.flags = t->same_flags;
	s->capture.head.time_ns = t->same_ns;
	s->capture.head.elapsed_ns = t->same_ns - t->last_ns;
	session_end_record(s, t);
	t->same_ns = 0;
}

/* The threads of a tick are dealt out among so many ticks. */
static int is_its_turn(struct session *s)
{
	uint64_t ticks = (s->same_before + TOLD_PER_TICK - 1) / TOLD_PER_TICK;

	return ticks <= 1 || (s->same + s->counters.ticks) % ticks == 0;
}

void session_stand(struct session *s, struct task *t, enum task_state state)
{
	uint16_t flags = state == TASK_SAME ? FLAG_IDLE : 0;

	if (t->same_flags != flags)
		session_report_same(s, t);
	t->same_flags = flags;
	t->same_ns = clock_now();
	/* Where threads wait for CPUs the reader does too: it is told once of what does not change. */
	if ((state == TASK_SAME && is_its_turn(s)) || t->same_ns - t->last_ns >= TOLD_NS || atomic_load(&s->stop))
		session_report_same(s, t);
	s->same += state == TASK_SAME;
}
