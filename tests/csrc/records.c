#include "records.h"

#include <string.h>
#include <sys/mman.h>

#include "check.h"
#include "clock.h"
#include "image.h"

#define BUFFER (160u << 20)
#define WAIT_MS 20000

/* What a drained record is claimed to be; returns its size. */
static uint32_t check_record(const uint8_t *at, uint32_t left, struct record *head)
{
	uint64_t used = sizeof(*head), last = 0, ranges;

	CHECK(left >= sizeof(*head));
	memcpy(head, at, sizeof(*head));
	CHECK(head->size >= sizeof(*head) && head->size <= left && head->size % 8 == 0);
	ranges = used + head->thread_count * sizeof(struct record_thread) + head->code_count * sizeof(struct record_code);
	used = ranges + head->range_count * sizeof(struct record_range);
	used += (head->kernel_size + 7) / 8 * 8;
	for (uint32_t i = 0; i < head->range_count; i++) {
		struct record_range range;

		memcpy(&range, at + ranges + i * sizeof(range), sizeof(range));
		used += (range.size + 7) / 8 * 8;
		CHECK(range.size > 0 && range.size <= STACK_MAX);
		CHECK(i <= 1 || range.address >= last);
		last = range.address + range.size;
	}
	CHECK(used == head->size);
	CHECK((head->kind == RECORD_CAPTURE) == (head->range_count > 0));
	return head->size;
}

/* A thread's records follow each other without a gap and without overlap, whatever was not stopped or was dropped. */
static void check_time(struct seen *seen, const struct record *head)
{
	int i = 0;

	while (i < 16 && seen->timed[i].tid && seen->timed[i].tid != head->tid)
		i++;
	if (i == 16 || head->kind == RECORD_MEMORY_GONE || head->kind == RECORD_FAILED)
		return;
	/* Another thread may get its number. */
	if (head->kind == RECORD_TASK_GONE) {
		seen->timed[i].time_ns = 0;
		return;
	}
	CHECK(!seen->timed[i].time_ns || head->time_ns - head->elapsed_ns == seen->timed[i].time_ns);
	seen->timed[i].tid = head->tid;
	seen->timed[i].time_ns = head->time_ns;
}

void drain(struct session *s, uint8_t *buffer, struct seen *seen)
{
	int32_t got;

	while ((got = session_drain(s, buffer, BUFFER)) > 0) {
		for (uint32_t at = 0; at < (uint32_t)got;) {
			struct record head;

			at += check_record(buffer + at, (uint32_t)got - at, &head);
			CHECK(head.kind >= 1 && head.kind <= 6);
			seen->count[head.kind]++;
			check_time(seen, &head);
			seen->idle += !!(head.flags & FLAG_IDLE);
			seen->ready += head.kind == RECORD_SAME && !(head.flags & FLAG_IDLE);
			seen->incomplete += !!(head.flags & FLAG_INCOMPLETE);
			seen->kernel += head.kernel_size > 0;
			seen->resident += head.resident > 0;
			seen->threads += (int)head.thread_count;
			if (head.size > seen->largest)
				seen->largest = head.size;
			for (int i = 0; head.kind == RECORD_CAPTURE && i < 16; i++) {
				if (seen->captured[i] == head.tid)
					break;
				if (!seen->captured[i]) {
					seen->captured[i] = head.tid;
					break;
				}
			}
		}
	}
	CHECK(got == 0);
}

uint8_t *buffer_create(void)
{
	void *p = mmap(NULL, BUFFER, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

void drain_until(struct session *s, uint8_t *buffer, struct seen *seen, enum record_kind kind, int count)
{
	uint64_t deadline = clock_now() + WAIT_MS * NS_PER_MS;

	while (seen->count[kind] < count) {
		CHECK(clock_now() < deadline);
		session_wait(s, 10);
		drain(s, buffer, seen);
	}
}

void check_untouched(pid_t pid)
{
	CHECK(status_number(pid, pid, "TracerPid") == 0);
	CHECK(!strchr("TtZX", status_letter(pid, pid, "State")));
}
