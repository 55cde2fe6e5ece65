/* Sessions on a process of ours with threads that run and wait: dumps, sampling, a full ring, ends and refusals. */
#include <alloca.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "records.h"
#include "session.h"
#include "shim.h"

#define WAIT_MS 20000

static void *spin(void *context)
{
	for (volatile uint64_t n = 0;; n++)
		;
	return context;
}

static void *sleep_on(void *context)
{
	for (;;)
		pause();
	return context;
}

/* Four threads: two run, two wait. */
static void four_threads(struct child *child, void *context)
{
	pthread_t thread;

	(void)context;
	CHECK(!pthread_create(&thread, NULL, spin, NULL) && !pthread_create(&thread, NULL, spin, NULL));
	CHECK(!pthread_create(&thread, NULL, sleep_on, NULL));
	child_ready(child);
	for (;;)
		child_wait(child);
}

/* Until so many of its threads have got to where they wait. */
static void await_waiting(pid_t pid, int count)
{
	struct task_table table;
	int waiting;

	do {
		waiting = 0;
		CHECK(!tasks_open(&table, pid) && !tasks_refresh(&table, 1, 0, NULL, NULL));
		for (size_t i = 0; i < table.count; i++)
			waiting += task_letter(pid, table.tasks[i].tid) == 'S';
		tasks_close(&table);
	} while (waiting < count);
}

void session_dumps(void)
{
	uint8_t *buffer = buffer_create();
	struct child child;
	struct session *s;

	child_start(&child, four_threads, NULL);
	child_await(&child);
	s = session_create(child.pid);
	for (int round = 0; round < 50; round++) {
		struct seen seen = { 0 };

		/* After a dump they are on their way back. */
		await_waiting(child.pid, 2);
		CHECK(session_dump(s, round % 2) > 0);
		check_untouched(child.pid);
		drain(s, buffer, &seen);
		CHECK(seen.count[RECORD_CAPTURE] == 4 && seen.captured[3] && !seen.captured[4]);
		CHECK(seen.idle >= 2 && (geteuid() || seen.kernel == seen.idle * (round % 2)));
	}
	session_destroy(s);
	child_kill(&child);
}

void session_samples(void)
{
	uint8_t *buffer = buffer_create();
	struct session_counters counters;
	struct child child;
	struct session *s;

	child_start(&child, four_threads, NULL);
	child_await(&child);
	await_waiting(child.pid, 2);
	for (int round = 0; round < 3; round++) {
		struct seen seen = { 0 };

		s = session_create(child.pid);
		CHECK(!session_start(s, round == 1 ? 0 : 1000, 0,
				     (round == 2 ? START_WITH_KERNEL : 0) | (round > 0 ? START_WITH_MEMORY : 0)));
		drain_until(s, buffer, &seen, RECORD_CAPTURE, 300);
		drain_until(s, buffer, &seen, RECORD_SAME, 300);
		CHECK(session_stop(s) > 0 && session_wait(s, 0) == 0);
		check_untouched(child.pid);
		CHECK(seen.resident == (round > 0 ? seen.count[RECORD_CAPTURE] + seen.count[RECORD_SAME] : 0));
		CHECK(seen.captured[3] && !seen.captured[4] && !seen.count[RECORD_FAILED]);
		drain(s, buffer, &seen);
		session_counters(s, (uint8_t *)&counters);
		CHECK(counters.stops >= 250 && counters.stop_min_ns > 0 && !counters.dropped);
		session_destroy(s);
		check_untouched(child.pid);
	}
	child_kill(&child);
}

/* Spins and leaves the CPU to others: a wait for it, once begun, is long. */
static void *spin_nicely(void *context)
{
	CHECK(!setpriority(PRIO_PROCESS, (id_t)gettid(), 19));
	return spin(context);
}

/* Four threads run on one CPU, three of them when the first lets them. */
static void crowd(struct child *child, void *context)
{
	cpu_set_t one;
	pthread_t thread;

	(void)context;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	CHECK(!sched_setaffinity(0, sizeof(one), &one));
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&thread, NULL, i ? spin_nicely : spin, NULL));
	child_ready(child);
	for (;;)
		child_wait(child);
}

/* A thread that waits for a CPU is not stopped again before it has had one, and nothing of its time is lost. */
void session_leaves_ready_threads_alone(void)
{
	uint8_t *buffer = buffer_create();
	struct session_counters counters;
	struct seen seen = { 0 };
	struct child child;
	struct session *s;

	child_start(&child, crowd, NULL);
	child_await(&child);
	await_waiting(child.pid, 1);
	s = session_create(child.pid);
	CHECK(!session_start(s, 500, 0, 0));
	for (int i = 1; seen.ready < 5; i++)
		drain_until(s, buffer, &seen, RECORD_SAME, 50 * i);
	CHECK(session_stop(s) > 0);
	drain(s, buffer, &seen);
	session_counters(s, (uint8_t *)&counters);
	CHECK(!counters.dropped && seen.count[RECORD_CAPTURE] > 4);
	session_destroy(s);
	check_untouched(child.pid);
	child_kill(&child);
}

/* Waits with five megabytes of stack behind it. */
static void *sleep_deep(void *context)
{
	volatile uint8_t *room = alloca(5u << 20);

	room[0] = 1;
	for (;;)
		usleep(1000);
	return context;
}

static void deep_threads(struct child *child, void *context)
{
	pthread_t thread;

	(void)context;
	CHECK(!pthread_create(&thread, NULL, sleep_deep, NULL) && !pthread_create(&thread, NULL, sleep_deep, NULL));
	child_ready(child);
	for (;;)
		child_wait(child);
}

void session_drops_and_recovers(void)
{
	uint8_t *buffer = buffer_create(), small[1 << 20];
	uint64_t deadline = clock_now() + WAIT_MS * NS_PER_MS;
	struct session_counters counters;
	struct seen seen = { 0 };
	struct child child;
	struct session *s;

	child_start(&child, deep_threads, NULL);
	child_await(&child);
	s = session_create(child.pid);
	/* Nobody reads: whole records are dropped and counted, and the target is left alone. */
	CHECK(!session_start(s, 0, 0, 0));
	do {
		CHECK(session_wait(s, 10) == 1 && clock_now() < deadline);
		session_counters(s, (uint8_t *)&counters);
	} while (counters.dropped < 100);
	CHECK(session_drain(s, small, sizeof(small)) > 0 || session_drain(s, small, sizeof(small)) == -EMSGSIZE);
	drain(s, buffer, &seen);
	CHECK(seen.largest > 5u << 20 && seen.count[RECORD_CAPTURE] > 10);
	/* Then there is room again: also the main thread, which waits all the time, comes with a capture. */
	memset(&seen, 0, sizeof(seen));
	drain_until(s, buffer, &seen, RECORD_CAPTURE, 50);
	CHECK(!seen.count[RECORD_FAILED]);
	session_destroy(s);
	check_untouched(child.pid);
	child_kill(&child);
}

static void end_or_exec(struct child *child, void *context)
{
	child_ready(child);
	child_wait(child);
	if (context)
		execl("/bin/sleep", "sleep", "60", (char *)NULL);
}

void session_ends_with_the_target(void)
{
	uint8_t *buffer = buffer_create();

	for (int round = 0; round < 20; round++) {
		struct seen seen = { 0 };
		struct child child;
		struct session *s;
		int exec = round % 2;

		child_start(&child, end_or_exec, exec ? &child : NULL);
		child_await(&child);
		s = session_create(child.pid);
		CHECK(!session_start(s, round % 4 < 2 ? 0 : 1000, 0, 0));
		drain_until(s, buffer, &seen, RECORD_CAPTURE, 1);
		child_go(&child);
		drain_until(s, buffer, &seen, RECORD_MEMORY_GONE, 1);
		CHECK(session_wait(s, 0) == 0 && !seen.count[RECORD_FAILED] && session_stop(s) >= 0);
		if (exec)
			check_untouched(child.pid);
		session_destroy(s);
		if (exec)
			child_kill(&child);
		else
			child_end(&child);
	}
}

void session_refuses(void)
{
	struct child child;
	struct session *s;
	uint8_t byte, layout[sizeof(struct python_layout)];

	child_start(&child, end_or_exec, NULL);
	child_await(&child);
	s = session_create(child.pid);
	CHECK(session_read(s, 0, &byte, 1) == -EFAULT && session_read(s, (double)(uint64_t)s, &byte, 0) == 0);
	memset(layout, 0xff, sizeof(layout));
	CHECK(session_set_layout(s, layout, sizeof(layout)) == -EINVAL);
	CHECK(session_set_layout(s, layout, 7) == -EINVAL);
	/* Somebody else traces it. */
	CHECK(!ptrace(PTRACE_SEIZE, child.pid, 0, 0));
	CHECK(session_dump(s, 0) == -EPERM);
	CHECK(!ptrace(PTRACE_INTERRUPT, child.pid, 0, 0) && waitpid(child.pid, NULL, 0) == child.pid);
	CHECK(!ptrace(PTRACE_DETACH, child.pid, 0, 0));
	session_destroy(s);
	/* A zombie, and then nobody. */
	kill(child.pid, SIGKILL);
	while (status_letter(child.pid, child.pid, "State") != 'Z')
		usleep(1000);
	s = session_create(child.pid);
	CHECK(session_dump(s, 0) >= 0);
	session_destroy(s);
	child_end(&child);
	s = session_create(child.pid);
	CHECK(session_dump(s, 0) == -ESRCH && session_start(s, 1000, 0, 0) == -ESRCH);
	session_destroy(s);
}

/* In uninterruptible sleep, until its own child ends. */
static void stuck(struct child *child, void *context)
{
	(void)context;
	if (!vfork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		child_ready(child);
		for (;;)
			pause();
	}
}

void session_lets_go_of_what_does_not_stop(void)
{
	struct child child;
	struct session *s;
	struct record head;
	uint8_t record[sizeof(head)];

	child_start(&child, stuck, NULL);
	child_await(&child);
	s = session_create(child.pid);
	for (int round = 0; round < 2; round++) {
		CHECK(session_dump(s, 0) >= 0);
		CHECK(session_drain(s, record, sizeof(record)) == sizeof(record));
		memcpy(&head, record, sizeof(head));
		CHECK(head.kind == RECORD_BLOCKED && head.tid == child.pid);
		CHECK(status_number(child.pid, child.pid, "TracerPid") == 0);
	}
	session_destroy(s);
	child_kill(&child);
}
