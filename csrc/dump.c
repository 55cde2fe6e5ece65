/* A dump: all threads of the target at one instant. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "session.h"

/* For a thread that does not stop: in uninterruptible sleep, and where it is only waiting for a CPU. */
#define BLOCKED_WAIT_NS (100 * NS_PER_MS)
#define READY_WAIT_NS (2000 * NS_PER_MS)

/* The lowest there is: setpriority(2). */
#define NICE_FIRST (-20)
/* What a dump of a few threads writes. */
#define PREPARED_BYTES (256u << 10)

/* What is known of a thread between the moments that it is asked to stop and let go. */
struct dumped {
	enum task_state state;
	int stopped;
	struct stop stop;
	char *kernel;
	uint32_t kernel_size;
};

/* The kernel stacks are read before the stop: during it they show the stop itself. */
static void look(struct session *s, struct task *t, struct dumped *d, int with_kernel)
{
	d->state = task_look(s->pid, t);
	if (!with_kernel || d->state == TASK_RUNNING || d->state == TASK_GONE)
		return;
	session_begin_record(s, RECORD_CAPTURE, t);
	session_read_kernel_stack(s, t);
	d->kernel = malloc(s->capture.head.kernel_size + 1);
	if (!d->kernel)
		return;
	d->kernel_size = s->capture.head.kernel_size;
	memcpy(d->kernel, s->capture.kernel, d->kernel_size);
}

/* All are seized, while they run, before the first is stopped: another tracer may have to be waited for. */
static int seize_all(struct session *s)
{
	for (size_t i = 0; i < s->tasks.count; i++) {
		int error = session_seize(s, &s->tasks.tasks[i]);

		if (error)
			return error;
	}
	return 0;
}

static void interrupt_all(struct session *s)
{
	for (size_t i = 0; i < s->tasks.count; i++)
		if (s->tasks.tasks[i].pending)
			tracee_interrupt(s->tasks.tasks[i].tid);
}

static enum stop_result wait_for(const struct session *s, const struct task *t, uint64_t since, struct stop *stop)
{
	uint64_t deadline = since;
	enum stop_result result;

	do {
		deadline += BLOCKED_WAIT_NS;
		result = tracee_wait(t->tid, deadline, stop);
	} while (result == STOP_PENDING && deadline < since + READY_WAIT_NS && task_letter(s->pid, t->tid) != 'D');
	return result;
}

static void wait_all(struct session *s, struct dumped *all)
{
	uint64_t since = clock_now();

	for (size_t i = 0; i < s->tasks.count; i++) {
		struct task *t = &s->tasks.tasks[i];
		enum stop_result result;

		if (!t->pending)
			continue;
		result = wait_for(s, t, since, &all[i].stop);
		all[i].stopped = result == STOP_OK;
		t->pending = result == STOP_PENDING;
	}
}

/*
 * What a capture uses for the first time, memory of ours above all, takes it three times as long: so that is not in the
 * stop. Which pages a thread's frames are in is known then, too.
 */
static void rehearse(struct session *s)
{
	threads_refresh(&s->threads, &s->memory, 1);
	for (size_t i = 0; i < s->tasks.count; i++) {
		struct task *t = &s->tasks.tasks[i];
		uint64_t id = threads_id_of(&s->threads, &s->memory, task_inner_tid(s->pid, t));

		session_begin_record(s, RECORD_CAPTURE, t);
		if (id && !capture_unstopped(&s->capture, &s->memory, &s->threads, id, NULL))
			t->pages = image_page_list(&s->capture.image, t->pages);
	}
	image_prepare(&s->capture.image, PREPARED_BYTES);
	ring_prepare(&s->ring, PREPARED_BYTES);
	threads_forget_code(&s->threads);
}

static void copy(struct session *s, struct task *t, const struct dumped *d)
{
	if (d->state == TASK_GONE || (!d->stopped && !t->pending))
		return;
	session_begin_record(s, d->stopped ? RECORD_CAPTURE : RECORD_BLOCKED, t);
	if (d->state != TASK_RUNNING)
		s->capture.head.flags |= FLAG_IDLE;
	if (d->stop.group_stopped)
		s->capture.head.flags |= FLAG_GROUP_STOPPED;
	if (d->stopped &&
	    capture_thread(&s->capture, &s->memory, &s->threads, &d->stop.registers, s->main_stack_end, t->pages))
		return;
	s->capture.head.kernel_size = d->kernel_size;
	if (d->kernel)
		memcpy(s->capture.kernel, d->kernel, d->kernel_size);
	session_end_record(s, t);
}

static void release_all(struct session *s, struct dumped *all)
{
	for (size_t i = 0; i < s->tasks.count; i++)
		if (all[i].stopped)
			tracee_release(s->tasks.tasks[i].tid, &all[i].stop);
}

/*
 * So that nobody takes the CPU while the target stands still, least of all its own threads, as the first of them are let
 * go. Who may not do that is as quick on a machine that has a CPU to spare.
 */
static void go_first(void)
{
	const struct sched_param lowest = { .sched_priority = 1 };
	int32_t changed;

	if (sched_setscheduler(0, SCHED_FIFO, &lowest))
		thread_renice(NICE_FIRST, &changed);
}

struct dump {
	struct session *s;
	struct dumped *all;
	int with_kernel;
	double result;
};

/* A thread of its own: when it ends, the kernel detaches what it traces, also what has not stopped by then. */
static void *dump(void *context)
{
	struct dump *dump = context;
	struct session *s = dump->s;
	struct dumped *all = dump->all;
	uint64_t since;
	int error;

	for (size_t i = 0; i < s->tasks.count; i++)
		look(s, &s->tasks.tasks[i], &all[i], dump->with_kernel);
	rehearse(s);
	go_first();
	error = seize_all(s);
	since = clock_now();
	if (!error) {
		interrupt_all(s);
		wait_all(s, all);
		threads_refresh(&s->threads, &s->memory, 1);
		for (size_t i = s->tasks.count; i-- > 0;)
			copy(s, &s->tasks.tasks[i], &all[i]);
		release_all(s, all);
	}
	dump->result = error ? error : (double)(clock_now() - since);
	for (size_t i = 0; i < s->tasks.count; i++)
		s->tasks.tasks[i].pending = 0;
	return NULL;
}

static int list_tasks(struct session *s)
{
	int error;

	tasks_close(&s->tasks);
	error = tasks_open(&s->tasks, s->pid);
	return error ? error : tasks_refresh(&s->tasks, 1, clock_now(), NULL, NULL);
}

EXPORT int32_t session_dump_unstopped(struct session *s)
{
	int error = list_tasks(s);

	if (error)
		return error;
	threads_forget_code(&s->threads);
	error = threads_refresh(&s->threads, &s->memory, 1);
	for (size_t i = s->tasks.count; i-- > 0 && !error;) {
		struct task *t = &s->tasks.tasks[i];
		enum task_state state = task_look(s->pid, t);

		if (state != TASK_GONE)
			session_observe(s, t, state);
	}
	return error;
}

EXPORT double session_dump(struct session *s, int32_t with_kernel)
{
	struct dump job = { .s = s, .with_kernel = with_kernel };
	pthread_t thread;
	int error = list_tasks(s);

	if (error)
		return error;
	job.all = calloc(s->tasks.count, sizeof(*job.all));
	if (!job.all)
		return -ENOMEM;
	error = pthread_create(&thread, NULL, dump, &job);
	if (error)
		job.result = -error;
	else
		pthread_join(thread, NULL);
	for (size_t i = 0; i < s->tasks.count; i++)
		free(job.all[i].kernel);
	free(job.all);
	return job.result;
}
