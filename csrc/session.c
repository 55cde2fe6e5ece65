/* A session: one target, its memory, its threads and their records. sampler.c and dump.c look at the threads. */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

/* Large enough for the deepest capture twice over; only the pages in use are ever backed. */
#define RING_BYTES (128u << 20)
/* What may wait in it as long as nobody says otherwise. */
#define WAITING_BYTES (64u << 20)
/* For a thread that another sampler holds, which may be until it gets a CPU; and for one that a debugger holds. */
#define HELD_AT_FIRST_NS (200 * NS_PER_MS)
#define HELD_SLEEP_NS (20 * NS_PER_US)
#define HELD_NS (1000 * NS_PER_MS)

EXPORT struct session *session_create(int32_t pid)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->pid = pid;
	s->memory.fd = -1;
	s->statm_fd = -1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&s->readable, &attributes);
	pthread_condattr_destroy(&attributes);
	memory_open(&s->memory, pid);
	if (ring_create(&s->ring, RING_BYTES) || image_create(&s->capture.image)) {
		session_destroy(s);
		return NULL;
	}
	session_limit_waiting(s, WAITING_BYTES);
	return s;
}

EXPORT void session_destroy(struct session *s)
{
	session_stop(s);
	tasks_close(&s->tasks);
	threads_free(&s->threads);
	free(s->requests);
	image_destroy(&s->capture.image);
	ring_destroy(&s->ring);
	memory_close(&s->memory);
	if (s->statm_fd >= 0)
		close(s->statm_fd);
	pthread_cond_destroy(&s->readable);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

EXPORT int32_t session_read(struct session *s, double address, uint8_t *into, uint32_t size)
{
	int error = memory_read(&s->memory, (uint64_t)address, into, size);

	return error ? error : (int32_t)size;
}

EXPORT int32_t session_set_layout(struct session *s, const uint8_t *layout, uint32_t size)
{
	return threads_set_layout(&s->threads, layout, size);
}

EXPORT void session_set_main_stack_end(struct session *s, double address)
{
	s->main_stack_end = (uint64_t)address;
}

EXPORT void session_limit_waiting(struct session *s, double bytes)
{
	atomic_store(&s->ring.limit, (uint64_t)bytes);
}

EXPORT double session_waiting(struct session *s)
{
	return (double)ring_waiting(&s->ring);
}

EXPORT void session_forget_code(struct session *s)
{
	atomic_store(&s->forget_code, 1);
}

EXPORT void session_counters(struct session *s, uint8_t *counters)
{
	/* Torn values are possible and harmless: each counter is one aligned word. */
	memcpy(counters, &s->counters, sizeof(s->counters));
}

void session_begin_record(struct session *s, enum record_kind kind, const struct task *t)
{
	uint64_t now = clock_now();

	s->capture.head = (struct record){
		.size = sizeof(struct record), .kind = (uint16_t)kind, .tid = t ? t->tid : 0,
		.time_ns = now, .elapsed_ns = t ? now - t->last_ns : 0,
		.resident = s->resident,
	};
}

int session_is_alive(struct session *s)
{
	return memory_alive(&s->memory, s->threads.layout.interpreters_head);
}

int session_end_record(struct session *s, struct task *t)
{
	int error, is_capture = s->capture.head.kind == RECORD_CAPTURE;

	/* A tick takes a while: what was copied may be another program's, which has begun meanwhile. */
	if (is_capture && !session_is_alive(s)) {
		threads_forget_code(&s->threads);
		return 0;
	}
	if (is_capture) {
		threads_settle(&s->threads, &s->capture.image);
		s->capture.codes = s->threads.codes.met;
		s->capture.head.code_count = (uint32_t)s->threads.codes.count;
		error = capture_write(&s->capture, &s->ring);
	} else {
		error = record_write(&s->capture.head, &s->ring);
	}
	if (!error) {
		if (t)
			t->last_ns = s->capture.head.time_ns;
		return 1;
	}
	s->counters.dropped++;
	/* The contents of code objects may have been lost with it. */
	if (is_capture)
		threads_forget_code(&s->threads);
	return 0;
}

/* Whether threads have a tracer, and not only for a moment, as those of another austinp have. */
static int are_held(const struct session *s)
{
	uint64_t begin = clock_now();

	for (size_t i = 0; i < s->tasks.count; i++) {
		while (task_tracer(s->pid, s->tasks.tasks[i].tid)) {
			if (clock_now() - begin > HELD_AT_FIRST_NS)
				return 1;
			nanosleep(&(struct timespec){ .tv_nsec = HELD_SLEEP_NS }, NULL);
		}
	}
	return 0;
}

int session_may_trace(const struct session *s)
{
	int error = tracee_refused(s->pid);

	return error ? error : are_held(s) ? -EPERM : 0;
}

/* Or is not there at all. A zombie cannot be traced, which the kernel reports as it reports a lack of rights. */
static int is_zombie(const struct session *s, const struct task *t)
{
	char letter = task_letter(s->pid, t->tid);

	return letter == 0 || letter == 'Z' || letter == 'X';
}

int session_seize(struct session *s, struct task *t)
{
	uint64_t begin = clock_now(), now;
	int error;

	t->pending = 0;
	/* See task_is_dying. */
	if (t->tid == s->pid && task_is_dying(t->tid))
		return 0;
	for (;;) {
		error = tracee_seize(t->tid);
		now = clock_now();
		if (error != -EPERM || s->begun || now - begin > HELD_AT_FIRST_NS || is_zombie(s, t))
			break;
		nanosleep(&(struct timespec){ .tv_nsec = HELD_SLEEP_NS }, NULL);
	}
	t->pending = !error;
	if (!error || error == -ESRCH || is_zombie(s, t)) {
		t->refused_ns = 0;
		return 0;
	}
	if (!t->refused_ns)
		t->refused_ns = now;
	return s->begun && now - t->refused_ns < HELD_NS ? 0 : error;
}

void session_observe(struct session *s, struct task *t, enum task_state state)
{
	uint64_t id = threads_id_of(&s->threads, &s->memory, task_inner_tid(s->pid, t));

	session_begin_record(s, RECORD_CAPTURE, t);
	if (state != TASK_RUNNING)
		s->capture.head.flags |= FLAG_IDLE;
	/* Its time as a thread of Python begins when it has a thread state. */
	if (!id || capture_unstopped(&s->capture, &s->memory, &s->threads, id, t->pages)) {
		t->last_ns = s->capture.head.time_ns;
		return;
	}
	t->pages = image_page_list(&s->capture.image, t->pages);
	t->captured = session_end_record(s, t) && state == TASK_WAITING && !(s->capture.head.flags & FLAG_TORN);
}

void session_read_kernel_stack(struct session *s, const struct task *t)
{
	ssize_t n = task_kernel_stack(s->pid, t->tid, s->capture.kernel, sizeof(s->capture.kernel));

	s->capture.head.kernel_size = n > 0 ? (uint32_t)n : 0;
}

EXPORT int32_t session_drain(struct session *s, uint8_t *into, uint32_t size)
{
	return ring_drain(&s->ring, into, size);
}
