/* The sampler thread: at each tick it looks at all threads of the target, and stops and copies those that ran. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "session.h"

/* For a thread that does not stop, at the end. */
#define END_WAIT_NS (100 * NS_PER_MS)
/* The reader is woken early once this much waits for it. */
#define WAKE_BYTES (1u << 20)

static void report_gone(void *context, struct task *t)
{
	struct session *s = context;

	session_report_same(s, t);
	session_begin_record(s, RECORD_TASK_GONE, t);
	session_end_record(s, t);
}

/* Keeps the last value where the process is between two programs, or gone. */
static void read_resident(struct session *s)
{
	char text[128], *end;
	uint64_t pages;
	ssize_t n;

	if (s->statm_fd < 0)
		return;
	n = pread(s->statm_fd, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return;
	text[n] = '\0';
	/* size, resident, ...: in pages */
	strtoull(text, &end, 10);
	pages = strtoull(end, NULL, 10);
	if (pages)
		s->resident = pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* One look at every thread, newest first. 0, or -errno when sampling has to end. */
static int tick(struct session *s, uint64_t previous_ns)
{
	uint64_t links;
	int error, walk;

	if (!session_is_alive(s))
		return -ESRCH;
	read_resident(s);
	links = s->tasks.links;
	error = tasks_refresh(&s->tasks, s->relist, previous_ns, report_gone, s);
	/* New threads get their thread states about now. Without stops nothing else finds one. */
	walk = s->unsettled || s->relist || s->unstopped || links != s->tasks.links;
	s->relist = s->unsettled = 0;
	if (!error && !s->begun && !s->unstopped)
		error = session_may_trace(s);
	if (error)
		return error;
	if (atomic_exchange(&s->forget_code, 0))
		threads_forget_code(&s->threads);
	threads_refresh(&s->threads, &s->memory, walk);
	s->request_count = 0;
	s->same_before = s->same;
	s->same = 0;
	for (size_t i = s->tasks.count; i-- > 0 && !error;)
		error = session_sample_task(s, &s->tasks.tasks[i]);
	if (!error)
		error = session_stop_and_copy(s, s->requests, s->request_count);
	s->counters.ticks++;
	s->ticked_ns = clock_now();
	return error;
}

static void wake_reader(struct session *s, int ended)
{
	pthread_mutex_lock(&s->lock);
	if (ended)
		s->running = 0;
	pthread_cond_signal(&s->readable);
	pthread_mutex_unlock(&s->lock);
}

int session_release_pending(struct session *s, uint64_t wait_ns)
{
	int left = 0;

	for (size_t i = 0; i < s->tasks.count; i++) {
		struct task *t = &s->tasks.tasks[i];
		struct stop stop;

		if (!t->pending)
			continue;
		switch (tracee_wait(t->tid, clock_now() + wait_ns, &stop)) {
		case STOP_PENDING:
			left = 1;
			continue;
		case STOP_OK:
			tracee_release(t->tid, &stop);
			break;
		case STOP_GONE:
			break;
		}
		t->pending = 0;
	}
	return left;
}

/* At the end: one that was asked to stop and still waits for a CPU does what it last did, and the time is its own. */
static void report_pending(struct session *s)
{
	for (size_t i = 0; i < s->tasks.count; i++) {
		if (s->tasks.tasks[i].pending)
			session_stand(s, &s->tasks.tasks[i], TASK_READY);
	}
}

/* Sleeps to the deadline in steps, so that a thread that stops late is let go soon. */
static void sleep_until(struct session *s, uint64_t deadline)
{
	int pending = 0;

	for (size_t i = 0; i < s->tasks.count; i++)
		pending |= s->tasks.tasks[i].pending;
	while (!atomic_load(&s->stop)) {
		uint64_t now = clock_now(), until = deadline;

		if (now >= deadline)
			return;
		/* A stop asked for by the reader is seen within 20 ms. */
		if (until > now + 20 * NS_PER_MS)
			until = now + 20 * NS_PER_MS;
		if (pending && until > now + NS_PER_MS)
			until = now + NS_PER_MS;
		struct timespec t = clock_timespec(until);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		if (pending)
			pending = session_release_pending(s, 0);
	}
}

/* That the target has gone is for the reader to find; that it may not be traced is for who starts us. */
static void report_begin(struct session *s, int error)
{
	pthread_mutex_lock(&s->lock);
	s->begun = 1;
	s->begin_error = error == -ESRCH ? 0 : error;
	pthread_cond_signal(&s->readable);
	pthread_mutex_unlock(&s->lock);
}

static void count_lateness(struct session_counters *counters, uint64_t ns)
{
	counters->late_sum_ns += ns;
	if (ns > counters->late_max_ns)
		counters->late_max_ns = ns;
}

static void *sampler(void *context)
{
	struct session *s = context;
	uint64_t previous = clock_now();
	int error = 0;

	pace_start(&s->pace, previous);
	while (!atomic_load(&s->stop) && !error) {
		uint64_t now = clock_now(), stopped = s->counters.stop_sum_ns;

		count_lateness(&s->counters, now > s->pace.due_ns ? now - s->pace.due_ns : 0);
		error = tick(s, previous);
		if (!s->begun)
			report_begin(s, error);
		previous = now;
		if (ring_used(&s->ring) >= WAKE_BYTES)
			wake_reader(s, 0);
		s->counters.missed_ticks += pace_next(&s->pace, now, clock_now(), s->counters.stop_sum_ns - stopped);
		if (!error)
			sleep_until(s, s->pace.due_ns);
	}
	/* What has passed since the last tick is some thread's too. */
	if (!error)
		error = tick(s, previous);
	if (!error)
		report_pending(s);
	session_release_pending(s, END_WAIT_NS);
	if (error) {
		session_begin_record(s, error == -ESRCH ? RECORD_MEMORY_GONE : RECORD_FAILED, NULL);
		s->capture.head.detail = -error;
		session_end_record(s, NULL);
	}
	wake_reader(s, 1);
	return NULL;
}

static int open_statm(struct session *s)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/statm", s->pid);
	s->statm_fd = open(path, O_RDONLY | O_CLOEXEC);
	return s->statm_fd >= 0 ? 0 : errno == ENOENT ? -ESRCH : -errno;
}

EXPORT int32_t session_start(struct session *s, double interval_us, double budget, int32_t flags)
{
	int error;

	tasks_close(&s->tasks);
	error = tasks_open(&s->tasks, s->pid);
	if (!error && flags & START_WITH_MEMORY)
		error = open_statm(s);
	if (error)
		return error;
	s->pace.interval_ns = (uint64_t)(interval_us * NS_PER_US);
	s->pace.jitter = !(flags & START_WITHOUT_JITTER);
	s->pace.budget = budget;
	s->with_kernel = flags & START_WITH_KERNEL;
	s->unstopped = flags & START_UNSTOPPED;
	s->allow_eintr = flags & START_ALLOW_EINTR;
	s->running = 1;
	error = pthread_create(&s->thread, NULL, sampler, s);
	if (error) {
		s->running = 0;
		return -error;
	}
	s->joinable = 1;
	pthread_mutex_lock(&s->lock);
	while (!s->begun)
		pthread_cond_wait(&s->readable, &s->lock);
	pthread_mutex_unlock(&s->lock);
	return s->begin_error;
}

EXPORT double session_stop(struct session *s)
{
	atomic_store(&s->stop, 1);
	if (s->joinable)
		pthread_join(s->thread, NULL);
	s->joinable = 0;
	return s->ticked_ns ? (double)(clock_now() - s->ticked_ns) : 0;
}

EXPORT void session_ask_to_stop(struct session *s)
{
	atomic_store(&s->stop, 1);
}

EXPORT int32_t session_wait(struct session *s, int32_t timeout_ms)
{
	uint64_t until = clock_now() + (uint64_t)timeout_ms * NS_PER_MS;
	struct timespec t = clock_timespec(until);
	int running, error = 0;

	pthread_mutex_lock(&s->lock);
	while (s->running && ring_used(&s->ring) < WAKE_BYTES && error != ETIMEDOUT)
		error = pthread_cond_timedwait(&s->readable, &s->lock, &t);
	running = s->running;
	pthread_mutex_unlock(&s->lock);
	return running;
}
