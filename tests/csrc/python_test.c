/* What is copied of CPython's structures, here made up of a few words each, and of broken and hostile ones. */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "shim.h"

#define ARENA_WORDS 8192u
/* Apart from all else, each in a page of its own: what is watched, the lock, and a frame of zeros. */
#define WATCHED (&arena[5 * 512])
#define LOCK (&arena[7 * 512])
#define LONE_FRAME (&arena[9 * 512])

/* Seen by the target and by us. */
static uint64_t *arena;

struct interpreter { uint64_t next, threads; int64_t id; uint64_t flag, lock; };
struct state { uint64_t next, interpreter, id, frame, cframe; };
struct cframe { uint64_t frame, previous; };
struct frame { uint64_t previous, code, line; };
struct code { uint64_t key, name, table; };
struct text { uint64_t type, length; char data[48]; };

static struct world {
	uint64_t head;
	struct interpreter interpreters[2];
	struct state states[3];
	struct cframe cframes[2];
	struct frame frames[4];
	struct code codes[2];
	struct text texts[3];
} *world;

#define ADDRESS(p) ((uint64_t)(uintptr_t)(p))

static struct python_layout layout_of(int by_cframe)
{
	return (struct python_layout){
		.interpreters_head = ADDRESS(&world->head), .watched = { ADDRESS(WATCHED), 0, 0 },
		.interp_next = offsetof(struct interpreter, next),
		.interp_threads_head = offsetof(struct interpreter, threads),
		.interp_id = offsetof(struct interpreter, id),
		.thread_size = sizeof(struct state), .thread_next = offsetof(struct state, next),
		.thread_interp = offsetof(struct state, interpreter), .thread_id = offsetof(struct state, id),
		.thread_frame = by_cframe ? OFFSET_NONE : offsetof(struct state, frame),
		.thread_cframe = by_cframe ? offsetof(struct state, cframe) : OFFSET_NONE,
		.cframe_frame = by_cframe ? offsetof(struct cframe, frame) : OFFSET_NONE,
		.cframe_previous = offsetof(struct cframe, previous),
		.frame_size = sizeof(struct frame), .frame_previous = offsetof(struct frame, previous),
		.frame_code = offsetof(struct frame, code), .code_tag_mask = 1,
		.code_size = sizeof(struct code), .code_key = 0, .code_key_size = 8, .code_key_is_unique = 1,
		.interp_watched = { offsetof(struct interpreter, flag), OFFSET_NONE },
		.interp_lock = offsetof(struct interpreter, lock), .lock_size = 24,
		.blobs = {
			{ .pointer = offsetof(struct code, name), .length = offsetof(struct text, length), .header_size = 16,
			  .unit = 1 },
			{ .pointer = offsetof(struct code, table), .length = offsetof(struct text, length),
			  .header_size = 16, .unit = 1 },
			{ .pointer = OFFSET_NONE }, { .pointer = OFFSET_NONE },
		},
	};
}

/* Two interpreters; our thread has a state in the first, with three frames of two code objects. */
static void build(void)
{
	arena = mmap(NULL, ARENA_WORDS * 8, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(arena != MAP_FAILED);
	world = (struct world *)arena;
	*world = (struct world){
		.head = ADDRESS(&world->interpreters[0]),
		.interpreters = { { ADDRESS(&world->interpreters[1]), ADDRESS(&world->states[0]), 0, 77, ADDRESS(LOCK) },
				  { 0, ADDRESS(&world->states[2]), 1, 0, 0 } },
		.states = { { ADDRESS(&world->states[1]), ADDRESS(&world->interpreters[0]), 12345, 0, 0 },
			    { 0, ADDRESS(&world->interpreters[0]), pthread_self(), ADDRESS(&world->frames[0]),
			      ADDRESS(&world->cframes[0]) },
			    { 0, ADDRESS(&world->interpreters[1]), 54321, 0, 0 } },
		.cframes = { { ADDRESS(&world->frames[0]), ADDRESS(&world->cframes[1]) },
			     { ADDRESS(&world->frames[1]), ADDRESS(&world->states[1].cframe) } },
		.frames = { { ADDRESS(&world->frames[1]), ADDRESS(&world->codes[0]) | 1, 10 },
			    { ADDRESS(&world->frames[2]), ADDRESS(&world->codes[1]), 20 },
			    { 0, ADDRESS(&world->codes[1]), 30 }, { 0 } },
		.codes = { { 111, ADDRESS(&world->texts[0]), ADDRESS(&world->texts[1]) },
			   { 222, ADDRESS(&world->texts[2]), ADDRESS(&world->texts[1]) } },
		.texts = { { 0, 5, "inner" }, { 0, 8, "\1\2\3\4\5\6\7" }, { 0, 5, "outer" } },
	};
}

static void wait_for_end(struct child *child, void *context)
{
	(void)context;
	child_ready(child);
	child_wait(child);
}

static uint8_t record[32u << 20];

/* Dumps the child, whose one thread gives one record, into `record`. */
static struct record dump(struct session *s)
{
	struct record head;
	int32_t got;

	CHECK(session_dump(s, 0) >= 0);
	got = session_drain(s, record, sizeof(record));
	CHECK(got >= (int32_t)sizeof(head));
	memcpy(&head, record, sizeof(head));
	CHECK(head.size == (uint32_t)got && head.kind == RECORD_CAPTURE);
	return head;
}

/* Whether the record has these bytes of the target's memory as they are. */
static int has(const struct record *head, const void *at, size_t size)
{
	const uint8_t *ranges = record + sizeof(*head) + head->thread_count * sizeof(struct record_thread) +
				head->code_count * sizeof(struct record_code);
	const uint8_t *bytes = ranges + head->range_count * sizeof(struct record_range) + (head->kernel_size + 7) / 8 * 8;

	for (uint32_t i = 0; i < head->range_count; i++) {
		struct record_range range;

		memcpy(&range, ranges + i * sizeof(range), sizeof(range));
		if (ADDRESS(at) >= range.address && ADDRESS(at) + size <= range.address + range.size)
			return !memcmp(bytes + (ADDRESS(at) - range.address), at, size);
		bytes += (range.size + 7) / 8 * 8;
	}
	return 0;
}

/*
 * Keeps cframes on its stack: one that is current and not filled yet, but for the frame that the state names, a stale one, a pointer to the thread state that
 * looks like one, and the two of the activations further out.
 */
static void wait_half_built(struct child *child, void *context)
{
	volatile struct cframe cframes[] = {
		{ world->states[1].frame, 0x1000 }, { ADDRESS(&world->frames[3]), ADDRESS(&cframes[4]) },
		{ ADDRESS(&world->frames[2]), ADDRESS(&world->states[1]) },
		{ ADDRESS(&world->frames[0]), ADDRESS(&cframes[4]) },
		{ ADDRESS(&world->frames[1]), ADDRESS(&world->states[1].frame) },
	};

	world->states[1].frame = 0;
	world->states[1].cframe = ADDRESS(&cframes[0]);
	/* The stale frame's caller is gone, and calls itself. */
	world->frames[3].previous = ADDRESS(&world->frames[3]);
	wait_for_end(child, context);
}

static struct session *begin_with(struct child *child, int by_cframe, void (*run)(struct child *, void *))
{
	struct python_layout layout = layout_of(by_cframe);
	struct session *s;

	child_start(child, run, NULL);
	child_await(child);
	s = session_create(child->pid);
	CHECK(!session_set_layout(s, (const uint8_t *)&layout, sizeof(layout)));
	return s;
}

static struct session *begin(struct child *child, int by_cframe)
{
	return begin_with(child, by_cframe, wait_for_end);
}

static void end(struct session *s, struct child *child)
{
	session_destroy(s);
	child_go(child);
	CHECK(child_end(child) == 0);
	munmap(arena, ARENA_WORDS * 8);
}

void python_stack_is_copied(void)
{
	for (int by_cframe = 0; by_cframe < 2; by_cframe++) {
		struct record_thread thread;
		struct record head;
		struct session *s;
		struct child child;

		build();
		s = begin(&child, by_cframe);
		for (int round = 0; round < 3; round++) {
			head = dump(s);
			CHECK(head.thread_count == 1 && !(head.flags & FLAG_INCOMPLETE));
			memcpy(&thread, record + sizeof(head), sizeof(thread));
			CHECK(thread.thread_state == ADDRESS(&world->states[1]));
			CHECK(thread.interpreter == world->head && thread.interpreter_id == 0);
			for (int i = 0; i < 3; i++)
				CHECK(has(&head, &world->frames[i], sizeof(world->frames[i])));
			CHECK(has(&head, world->codes, sizeof(world->codes)) && has(&head, &world->states[1], 40));
			CHECK(has(&head, &world->texts[0], 21) && has(&head, &world->texts[2], 21));
			CHECK(!by_cframe || has(&head, world->cframes, sizeof(world->cframes)));
		}
		end(s, &child);
	}
}

/* The frame may be nowhere, or one that has no caller. */
void python_half_built_chain(void)
{
	for (int is_frame = 0; is_frame < 2; is_frame++) {
		struct record head;
		struct session *s;
		struct child child;

		build();
		world->states[1].frame = is_frame ? ADDRESS(LONE_FRAME) : UINT64_MAX;
		s = begin_with(&child, 1, wait_half_built);
		head = dump(s);
		for (int i = 0; i < 3; i++)
			CHECK(has(&head, &world->frames[i], sizeof(world->frames[i])));
		CHECK(has(&head, world->codes, sizeof(world->codes)) && has(&head, &world->texts[2], 21));
		end(s, &child);
	}
}

/* And only with the stack of a thread that has a thread state. */
void python_watched_words_are_copied(void)
{
	for (int foreign = 0; foreign < 2; foreign++) {
		struct record head;
		struct session *s;
		struct child child;

		build();
		*WATCHED = 123;
		LOCK[0] = 1, LOCK[1] = 2, LOCK[2] = 3;
		if (foreign)
			world->states[1].id = 999;
		s = begin(&child, 0);
		head = dump(s);
		CHECK(head.thread_count == !foreign && !(head.flags & FLAG_INCOMPLETE));
		CHECK(has(&head, WATCHED, 8) == !foreign && has(&head, LOCK, 24) == !foreign);
		CHECK(foreign || has(&head, &world->interpreters[0], sizeof(world->interpreters[0])));
		end(s, &child);
	}
}

/* What is watched may not be there; the stack is whole for all that. */
void python_watched_words_that_are_gone(void)
{
	struct python_layout layout;
	struct session *s;
	struct child child;

	build();
	world->interpreters[0].lock = 0;
	s = begin(&child, 0);
	layout = layout_of(0);
	layout.watched[1] = ADDRESS(&arena[ARENA_WORDS]) + (1u << 20);
	layout.watched[2] = UINT64_MAX;
	CHECK(!session_set_layout(s, (const uint8_t *)&layout, sizeof(layout)));
	CHECK(dump(s).thread_count == 1 && !(dump(s).flags & FLAG_INCOMPLETE));
	layout.lock_size = 1u << 16;
	CHECK(session_set_layout(s, (const uint8_t *)&layout, sizeof(layout)) == -EINVAL);
	end(s, &child);
}

/* Each way of going round and round, or out of the memory. */
static const struct { const char *name; size_t word; int64_t value; } breaks[] = {
#define BREAK(field, value) { #field, offsetof(struct world, field), value }
#define INSIDE(field) (int64_t)(offsetof(struct world, field) + 1)
	BREAK(interpreters[1].next, INSIDE(interpreters[0])), BREAK(interpreters[0].next, -1),
	BREAK(states[1].next, INSIDE(states[0])), BREAK(states[1].next, INSIDE(states[1])), BREAK(states[0].next, -2),
	BREAK(frames[2].previous, INSIDE(frames[0])), BREAK(frames[0].previous, INSIDE(frames[0])),
	BREAK(frames[1].previous, -1), BREAK(frames[1].previous, -2), BREAK(frames[0].code, 0), BREAK(frames[0].code, -1),
	BREAK(cframes[1].previous, INSIDE(cframes[0])), BREAK(cframes[0].previous, -1),
	BREAK(codes[0].name, -1), BREAK(codes[0].name, -2), BREAK(codes[0].table, 0),
	BREAK(texts[0].length, -1), BREAK(texts[0].length, -2), BREAK(texts[1].length, INT64_MAX),
	BREAK(interpreters[0].lock, -1), BREAK(interpreters[0].lock, -2), BREAK(texts[2].length, (1 << 20) - 1), BREAK(states[1].frame, -2), BREAK(states[1].cframe, -2), BREAK(head, -1),
};

void python_hostile_lists(void)
{
	for (size_t i = 0; i < 2 * sizeof(breaks) / sizeof(breaks[0]); i++) {
		struct session *s;
		struct child child;
		int64_t value = breaks[i / 2].value;

		build();
		/* Positive values that are small are places in the world, one too high; -2 is an odd but valid address. */
		if (value > 0 && (size_t)value <= sizeof(*world))
			value = (int64_t)(ADDRESS(world) + (uint64_t)value - 1);
		else if (value == -2)
			value = (int64_t)ADDRESS(&arena[ARENA_WORDS] - 1) + 5;
		*(int64_t *)((uint8_t *)world + breaks[i / 2].word) = value;
		s = begin(&child, i % 2);
		dump(s);
		end(s, &child);
	}
}

/* Random words, many of them addresses of others. */
void python_garbage(void)
{
	uint64_t random = 9;
	struct session *s;
	struct child child;

	build();
	s = begin(&child, 1);
	for (int round = 0; round < 100; round++) {
		for (size_t i = round % 5 ? 0 : 1; i < ARENA_WORDS; i++) {
			uint64_t where = ADDRESS(&arena[next_random(&random) % ARENA_WORDS]);

			switch (next_random(&random) % 8) {
			case 0: arena[i] = next_random(&random); break;
			case 1: arena[i] = 0; break;
			case 2: arena[i] = pthread_self(); break;
			case 3: arena[i] = where + next_random(&random) % 8; break;
			default: arena[i] = where;
			}
		}
		dump(s);
	}
	end(s, &child);
}
