/* Sessions on a process whose threads come and go all the time. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "records.h"
#include "shim.h"

static void *end_soon(void *context)
{
	usleep(300);
	return context;
}

static void churn(struct child *child, void *context)
{
	child_ready(child);
	for (;;) {
		pthread_t threads[4];

		for (int i = 0; i < 4; i++)
			CHECK(!pthread_create(&threads[i], NULL, end_soon, context));
		for (int i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
	}
}

void session_of_churning_threads(void)
{
	uint8_t *buffer = buffer_create();
	struct seen seen = { 0 };
	struct child child;
	struct session *s;

	child_start(&child, churn, NULL);
	child_await(&child);
	s = session_create(child.pid);
	CHECK(!session_start(s, 0, 0, 0));
	drain_until(s, buffer, &seen, RECORD_TASK_GONE, 500);
	session_destroy(s);
	check_untouched(child.pid);
	for (int round = 0; round < 50; round++) {
		s = session_create(child.pid);
		CHECK(session_dump(s, 0) >= 0);
		check_untouched(child.pid);
		/* What passes between sessions, and between a dump and sampling, is in neither. */
		memset(seen.timed, 0, sizeof(seen.timed));
		drain(s, buffer, &seen);
		memset(seen.timed, 0, sizeof(seen.timed));
		CHECK(!session_start(s, 0, 0, 0));
		drain_until(s, buffer, &seen, RECORD_CAPTURE, seen.count[RECORD_CAPTURE] + 5);
		session_destroy(s);
		check_untouched(child.pid);
	}
	CHECK(!seen.count[RECORD_FAILED]);
	child_kill(&child);
}
