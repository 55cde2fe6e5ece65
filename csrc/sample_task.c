/* One thread in one tick: looked at, and copied if it has run. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "session.h"

/* A thread that so often had no thread state has none, until a new one is seen. */
#define STATELESS_MAX 3

/* So many threads that run are prepared for their stops; caches do not hold more. */
#define WARM_MAX 8

/* A copy of it stands as long as it does not run. */
static void write_waiting(struct session *s, struct task *t)
{
	int is_settled = session_settle(s, t);

	t->pages = image_page_list(&s->capture.image, t->pages);
	t->captured = t->partial = session_end_record(s, t) && is_settled;
}

int session_settle(struct session *s, struct task *t)
{
	if (s->capture.head.thread_count)
		t->stateless = 0;
	else if (t->stateless < STATELESS_MAX)
		t->stateless++;
	else
		return 1;
	s->unsettled |= t->stateless > 0;
	return !t->stateless;
}

/* One that waits so that only a stop gives its registers is stopped at once: its kernel stack is read before that. */
static int stop_waiting(struct session *s, struct task *t)
{
	struct request request = { .task = t, .state = TASK_WAITING };

	session_begin_record(s, RECORD_CAPTURE, t);
	if (s->with_kernel)
		session_read_kernel_stack(s, t);
	request.kernel_size = s->capture.head.kernel_size;
	return session_stop_and_copy(s, &request, 1);
}

static int request_stop(struct session *s, struct task *t)
{
	if (s->request_count == s->request_capacity) {
		size_t capacity = s->request_capacity ? s->request_capacity * 2 : 64;
		struct request *requests = realloc(s->requests, capacity * sizeof(*requests));

		if (!requests)
			return -ENOMEM;
		s->requests = requests;
		s->request_capacity = capacity;
	}
	s->requests[s->request_count++] = (struct request){ .task = t, .state = TASK_RUNNING };
	/* What is to be copied in the stop is read now: then it, and the way to it, are in the caches. */
	if (s->request_count <= WARM_MAX && t->stack_size)
		image_begin(&s->capture.image, &s->memory, t->stack_at, t->stack_size, t->pages);
	return 0;
}

/* Without one to spare every thread looks as if it had ended. 0 or -errno. */
static int lacks_descriptors(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == EMFILE || errno == ENFILE ? -errno : 0;
	close(fd);
	return 0;
}

int session_sample_task(struct session *s, struct task *t)
{
	/* One that was asked to stop in an earlier tick may have done so, and would look as if it waited. */
	enum task_state state = t->pending ? TASK_RUNNING : task_look(s->pid, t);

	if (state == TASK_SAME && t->partial && session_wait_needs_stop(s, &t->wait))
		state = TASK_WAITING;
	if (state == TASK_SAME || state == TASK_READY) {
		session_stand(s, t, state);
		return 0;
	}
	if (state != TASK_GONE)
		session_report_same(s, t);
	if (s->unstopped && state != TASK_GONE) {
		session_observe(s, t, state);
		return 0;
	}
	if (state == TASK_WAITING)
		state = session_copy_waiting(s, t);
	switch (state) {
	case TASK_SAME:
		write_waiting(s, t);
		return 0;
	case TASK_WAITING:
		return stop_waiting(s, t);
	case TASK_GONE:
		s->relist = 1;
		return lacks_descriptors();
	default:
		return request_stop(s, t);
	}
}
