/* The ring of records: wrap-around, a full ring, a reader and a writer at once. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture.h"
#include "check.h"
#include "ring.h"

#define CAPACITY 8192u

/* A record of `size` bytes: its size, a number, and bytes that follow from it. */
static void fill(uint8_t *record, uint32_t size, uint32_t number)
{
	memcpy(record, &size, 4);
	memcpy(record + 4, &number, 4);
	for (uint32_t i = 8; i < size; i++)
		record[i] = (uint8_t)(number * 31 + i);
}

static void write_record(struct ring *r, uint32_t size, uint32_t number)
{
	uint8_t record[CAPACITY];
	uint32_t half = size / 2;

	fill(record, size, number);
	/* In two parts and out of order, as captures are put. */
	ring_put(r, half, record + half, size - half);
	ring_put(r, 0, record, half);
	ring_publish(r, size);
}

/* Checks records that follow each other from number on; returns the next number. */
static uint32_t check_records(const uint8_t *bytes, uint32_t size, uint32_t number)
{
	uint8_t expected[CAPACITY];

	for (uint32_t at = 0, next; at < size; at += next, number++) {
		memcpy(&next, bytes + at, 4);
		CHECK(next >= 8 && next <= size - at);
		fill(expected, next, number);
		CHECK(!memcmp(bytes + at, expected, next));
	}
	return number;
}

static uint32_t random_size(uint64_t *random)
{
	return 8 + next_random(random) % 120 * 8;
}

void ring_wraps(void)
{
	struct ring r;
	uint8_t *into = malloc(CAPACITY);
	uint32_t written = 0, seen = 0;
	uint64_t random = 1;

	CHECK(!ring_create(&r, CAPACITY));
	while (seen < 20000) {
		uint32_t size = random_size(&random);

		if (ring_free(&r) >= size && next_random(&random) % 8) {
			write_record(&r, size, written++);
			continue;
		}
		int32_t got = ring_drain(&r, into, CAPACITY);
		CHECK(got >= 0);
		seen = check_records(into, (uint32_t)got, seen);
		CHECK(seen == written);
	}
	CHECK(atomic_load(&r.head) > 100 * CAPACITY);
	free(into);
	ring_destroy(&r);
}

void ring_refuses_what_does_not_fit(void)
{
	struct ring r;
	struct record head = { .size = sizeof(head), .kind = RECORD_TASK_GONE };
	uint8_t into[2 * sizeof(head)];
	size_t fit = CAPACITY / sizeof(head), count = 0;

	CHECK(!ring_create(&r, CAPACITY));
	CHECK(ring_drain(&r, into, sizeof(into)) == 0);
	while (!record_write(&head, &r))
		count++;
	CHECK(count == fit && ring_used(&r) == fit * sizeof(head));
	CHECK(record_write(&head, &r) == -ENOSPC);
	CHECK(ring_drain(&r, into, sizeof(head) - 1) == -EMSGSIZE);
	CHECK(ring_used(&r) == fit * sizeof(head));
	/* Whole records only. */
	CHECK(ring_drain(&r, into, sizeof(into) - 1) == sizeof(head));
	CHECK(!record_write(&head, &r));
	CHECK(ring_drain(&r, into, sizeof(into)) == sizeof(into));
	ring_destroy(&r);
}

/* Twice what is left behind before the ring goes back. */
#define LARGE (4u << 20)

void ring_goes_back_when_all_is_read(void)
{
	struct ring r;
	uint8_t *into = malloc(LARGE);
	uint64_t highest = 0;

	CHECK(!ring_create(&r, 2 * LARGE));
	for (uint32_t number = 0; number < 20000; number++) {
		uint64_t at = atomic_load(&r.head) % r.capacity;
		int32_t got;

		highest = at > highest ? at : highest;
		/* Now and then the reader is late, and nothing may be left behind. */
		ring_rewind(&r, CAPACITY);
		write_record(&r, CAPACITY / 2, number);
		if (number % 7 == 3)
			continue;
		got = ring_drain(&r, into, LARGE);
		CHECK(got == CAPACITY / 2 || got == CAPACITY);
		CHECK(check_records(into, (uint32_t)got, number + 1 - (uint32_t)got / (CAPACITY / 2)) == number + 1);
	}
	CHECK(highest > 0 && highest < LARGE);
	/* Room for a record is never given up. */
	while (atomic_load(&r.head) % r.capacity < LARGE / 2 + CAPACITY) {
		write_record(&r, CAPACITY / 2, 0);
		CHECK(ring_drain(&r, into, LARGE) > 0);
	}
	ring_rewind(&r, LARGE);
	CHECK(ring_free(&r) == r.capacity);
	free(into);
	ring_destroy(&r);
}

/* A reader that is always a few records behind, in a ring of 64 MiB. */
void ring_goes_back_when_nearly_all_is_read(void)
{
	struct ring r;
	uint8_t into[2 * CAPACITY];
	uint64_t highest = 0;
	uint32_t read = 0;

	CHECK(!ring_create(&r, 64u << 20));
	for (uint32_t number = 0; number < 10000; number++) {
		uint64_t at = atomic_load(&r.head) % r.capacity;
		int32_t got;

		highest = at > highest ? at : highest;
		ring_rewind(&r, CAPACITY);
		write_record(&r, CAPACITY, number);
		if (number < 5)
			continue;
		got = ring_drain(&r, into, CAPACITY);
		CHECK(got == (int32_t)CAPACITY);
		CHECK(check_records(into, CAPACITY, read) == read + 1);
		read++;
		CHECK(ring_used(&r) > 0);
	}
	CHECK(highest >= 16u << 20 && highest < 17u << 20);
	/* One that is far behind gets all of the memory. */
	while (ring_free(&r) >= CAPACITY) {
		ring_rewind(&r, CAPACITY);
		write_record(&r, CAPACITY, 0);
	}
	CHECK(ring_used(&r) > 44u << 20);
	ring_destroy(&r);
}

/* No more waits than the limit, but for a record that waits alone; what was left behind does not count. */
void ring_limits_what_waits(void)
{
	struct ring r;
	uint8_t *into = malloc(LARGE);
	uint32_t written = 0;

	CHECK(!ring_create(&r, 64u << 20));
	atomic_store(&r.limit, 4 * CAPACITY);
	CHECK(ring_has_room(&r, 32u << 20));
	for (int round = 0; round < 3000; round++) {
		for (int i = 0; i < 4; i++) {
			ring_rewind(&r, CAPACITY);
			CHECK(ring_has_room(&r, CAPACITY));
			write_record(&r, CAPACITY, written++);
			CHECK(ring_waiting(&r) == (uint64_t)(i + 1) * CAPACITY);
		}
		CHECK(!ring_has_room(&r, 8));
		/* One stays, so that the reader is always behind. */
		CHECK(ring_drain(&r, into, 3 * CAPACITY) == 3 * CAPACITY);
		CHECK(ring_has_room(&r, 3 * CAPACITY) && !ring_has_room(&r, 3 * CAPACITY + 8));
		CHECK(ring_drain(&r, into, LARGE) == CAPACITY);
		CHECK(check_records(into, CAPACITY, written - 1) == written);
	}
	CHECK(!ring_waiting(&r));
	free(into);
	ring_destroy(&r);
}

/* How much of the ring's memory is there. */
static size_t resident_bytes(const struct ring *r)
{
	size_t pages = r->capacity / PAGE, bytes = 0;
	unsigned char *there = malloc(pages);

	CHECK(!mincore(r->bytes, r->capacity, there));
	for (size_t i = 0; i < pages; i++)
		bytes += (there[i] & 1) * PAGE;
	free(there);
	return bytes;
}

/* A reader that was late has used much of the ring; what it has read is given back. */
void ring_gives_memory_back(void)
{
	struct ring r;
	uint8_t *into = malloc(LARGE);
	uint32_t written = 0, seen = 0;

	CHECK(!ring_create(&r, 64u << 20));
	while (ring_free(&r) > LARGE)
		write_record(&r, CAPACITY, written++);
	CHECK(resident_bytes(&r) > 48u << 20);
	while (seen < written) {
		int32_t got = ring_drain(&r, into, LARGE);

		CHECK(got > 0);
		seen = check_records(into, (uint32_t)got, seen);
	}
	CHECK(resident_bytes(&r) < 8u << 20);
	free(into);
	ring_destroy(&r);
}

static void *produce(void *context)
{
	struct ring *r = context;
	uint64_t random = 2;

	for (uint32_t number = 0; number < 50000; number++) {
		uint32_t size = random_size(&random);

		while (ring_free(r) < size)
			usleep(0);
		write_record(r, size, number);
	}
	return NULL;
}

void ring_keeps_order_between_threads(void)
{
	static struct ring r;
	uint8_t *into = malloc(CAPACITY);
	uint32_t seen = 0;
	pthread_t thread;

	CHECK(!ring_create(&r, CAPACITY));
	CHECK(!pthread_create(&thread, NULL, produce, &r));
	while (seen < 50000) {
		int32_t got = ring_drain(&r, into, CAPACITY);

		CHECK(got >= 0);
		seen = check_records(into, (uint32_t)got, seen);
		if (!got)
			usleep(0);
	}
	pthread_join(thread, NULL);
	free(into);
	ring_destroy(&r);
}

void capture_larger_than_the_ring(void)
{
	static struct capture c;
	struct memory m;
	struct ring r;
	uint8_t *stack = map_pages(4), into[CAPACITY];
	struct record head;

	CHECK(!memory_open(&m, getpid()) && !image_create(&c.image) && !ring_create(&r, CAPACITY));
	CHECK(!image_begin(&c.image, &m, (uint64_t)stack, 4 * PAGE, NULL));
	CHECK(capture_write(&c, &r) == -ENOSPC && !ring_used(&r));
	/* The largest that fits: to the byte. */
	uint64_t most = CAPACITY - sizeof(head) - sizeof(struct record_range);
	CHECK(!image_begin(&c.image, &m, (uint64_t)stack, most, NULL));
	CHECK(!capture_write(&c, &r) && !ring_free(&r));
	CHECK(capture_write(&c, &r) == -ENOSPC);
	CHECK(ring_drain(&r, into, sizeof(into)) == CAPACITY);
	memcpy(&head, into, sizeof(head));
	CHECK(head.size == CAPACITY && head.range_count == 1);
	image_destroy(&c.image);
	ring_destroy(&r);
	memory_close(&m);
}
