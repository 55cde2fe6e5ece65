#include "threads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "standing.h"
#include "words.h"

#define LOCK_SIZE_MAX 1024
#define SIGNATURE_START 1

static int offset_ok(uint32_t offset)
{
	return offset == OFFSET_NONE || offset < (1u << 20);
}

static int word_inside_or_none(uint32_t offset, uint32_t size)
{
	return offset == OFFSET_NONE || word_inside(offset, size);
}

static int layout_ok(const struct python_layout *l)
{
	const uint32_t *offsets = &l->interp_next;
	size_t count = (sizeof(*l) - offsetof(struct python_layout, interp_next)) / sizeof(uint32_t);

	for (size_t i = 0; i < count; i++)
		if (!offset_ok(offsets[i]))
			return 0;
	if (l->thread_size > THREAD_SIZE_MAX || l->frame_size > CODE_SIZE_MAX || l->lock_size > LOCK_SIZE_MAX ||
	    !code_layout_ok(l))
		return 0;
	return word_inside(l->thread_next, l->thread_size) && word_inside(l->thread_interp, l->thread_size) &&
	       word_inside(l->thread_id, l->thread_size) && word_inside_or_none(l->thread_native_id, l->thread_size) &&
	       word_inside(l->frame_previous, l->frame_size) && word_inside(l->frame_code, l->frame_size) &&
	       (uint64_t)l->frame_instruction + sizeof(uint32_t) <= l->frame_size &&
	       word_inside_or_none(l->thread_frame, l->thread_size) &&
	       word_inside_or_none(l->thread_cframe, l->thread_size) &&
	       (l->thread_frame != OFFSET_NONE || l->thread_cframe != OFFSET_NONE);
}

int threads_set_layout(struct thread_table *table, const uint8_t *layout, uint32_t size)
{
	if (size != sizeof(table->layout))
		return -EINVAL;
	memcpy(&table->layout, layout, size);
	if (!layout_ok(&table->layout))
		return -EINVAL;
	if (!table->codes.slots && code_table_create(&table->codes))
		return -ENOMEM;
	table->has_layout = 1;
	table->signature = 0;
	table->count = 0;
	code_table_forget(&table->codes);
	return 0;
}

void threads_free(struct thread_table *table)
{
	free(table->threads);
	code_table_destroy(&table->codes);
	memset(table, 0, sizeof(*table));
}

void threads_forget_code(struct thread_table *table)
{
	if (table->codes.slots)
		code_table_forget(&table->codes);
}

void threads_distrust_code(struct thread_table *table)
{
	table->codes.distrusted = 1;
}

static uint64_t read_word(struct memory *m, uint64_t address)
{
	uint64_t word;

	return memory_read(m, address, &word, sizeof(word)) ? 0 : word;
}

static int add_thread(struct thread_table *table, const struct thread_state *thread)
{
	if (table->count == table->capacity) {
		size_t capacity = table->capacity ? table->capacity * 2 : 64;
		struct thread_state *threads = realloc(table->threads, capacity * sizeof(*threads));

		if (!threads)
			return -ENOMEM;
		table->threads = threads;
		table->capacity = capacity;
	}
	table->threads[table->count++] = *thread;
	return 0;
}

static int walk_threads(struct thread_table *table, struct memory *m, uint64_t interpreter, int64_t id)
{
	const struct python_layout *l = &table->layout;
	uint64_t at = read_word(m, interpreter + l->interp_threads_head);
	uint8_t bytes[THREAD_SIZE_MAX];

	while (at && table->count < THREADS_MAX) {
		struct thread_state thread = {
			.record = { .thread_state = at, .interpreter = interpreter, .interpreter_id = id },
		};

		if (memory_read(m, at, bytes, l->thread_size))
			break;
		/* The list changes under us when threads come and go; what is not its interpreter's is no entry. */
		if (word_at(bytes, l->thread_interp) != interpreter)
			break;
		thread.thread_id = word_at(bytes, l->thread_id);
		if (l->thread_native_id != OFFSET_NONE)
			thread.native_id = word_at(bytes, l->thread_native_id);
		if (add_thread(table, &thread))
			return -ENOMEM;
		at = word_at(bytes, l->thread_next);
	}
	return 0;
}

/*
 * The interpreters in list order, with a fingerprint of the list heads and their threads: it changes when something is
 * added, also in memory that is used again. Not when a thread state gets its thread, unless it is a head.
 */
static size_t list_interpreters(struct thread_table *table, struct memory *m, uint64_t *into,
				uint64_t *signature)
{
	const struct python_layout *l = &table->layout;
	uint64_t at = read_word(m, l->interpreters_head);
	size_t count = 0;

	*signature = SIGNATURE_START;
	while (at && count < INTERPRETERS_MAX) {
		uint64_t head = read_word(m, at + l->interp_threads_head);

		into[count++] = at;
		*signature = fingerprint(*signature, &at, sizeof(at));
		*signature = fingerprint(*signature, &head, sizeof(head));
		head = head ? read_word(m, head + l->thread_id) : 0;
		*signature = fingerprint(*signature, &head, sizeof(head));
		at = read_word(m, at + l->interp_next);
	}
	return count;
}

int threads_refresh(struct thread_table *table, struct memory *m, int force)
{
	uint64_t interpreters[INTERPRETERS_MAX], signature;
	size_t count;

	if (!table->has_layout)
		return 0;
	count = list_interpreters(table, m, interpreters, &signature);
	if (!force && signature == table->signature)
		return 0;
	table->signature = signature;
	table->count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct python_layout *l = &table->layout;
		int64_t id = l->interp_id == OFFSET_NONE ?
			0 : (int64_t)read_word(m, interpreters[i] + l->interp_id);
		int error = walk_threads(table, m, interpreters[i], id);

		if (error)
			return error;
	}
	return 0;
}

/* What the reader is to see of the interpreter as it was while this thread was stopped. */
static void touch_watched(const struct python_layout *l, struct memory *m, struct image *image, uint64_t interpreter)
{
	int incomplete = image->incomplete;

	for (int i = 0; i < LAYOUT_WATCHED; i++)
		if (l->watched[i])
			image_touch(image, m, l->watched[i], sizeof(uint64_t));
	for (int i = 0; i < LAYOUT_INTERP_WATCHED; i++)
		if (l->interp_watched[i] != OFFSET_NONE)
			image_touch(image, m, interpreter + l->interp_watched[i], sizeof(uint64_t));
	if (l->interp_lock != OFFSET_NONE) {
		uint64_t lock;

		if (!image_read(image, m, interpreter + l->interp_lock, &lock, sizeof(lock)) && lock)
			image_touch(image, m, lock, l->lock_size);
	}
	/* What is missing there is no flaw of the stack. */
	image->incomplete = incomplete;
}

/*
 * Up to 3.12 a sub-interpreter has one thread state, which names the thread that made it, whoever runs it. In versions
 * with cframes the current one tells: it lies on the stack, or in the thread state itself where nothing runs.
 */
static int runs_for_another(const struct python_layout *l, struct memory *m, const struct image *image,
			    const struct thread_state *thread)
{
	return l->thread_cframe != OFFSET_NONE && thread->record.interpreter_id &&
	       image_has_on_stack(image, read_word(m, thread->record.thread_state + l->thread_cframe));
}

static int runs_elsewhere(const struct python_layout *l, const struct image *image,
			  const struct thread_state *thread, const uint8_t *bytes)
{
	uint64_t cframe = l->thread_cframe == OFFSET_NONE ? 0 : word_at(bytes, l->thread_cframe);

	return cframe && image->stack_size && thread->record.interpreter_id && !image_has_on_stack(image, cframe) &&
	       cframe - thread->record.thread_state >= l->thread_size;
}

/* 1 if it is the captured thread's, 0 if it is not, -1 if it is no thread state any more. */
static int capture_state(struct thread_table *table, struct memory *m, struct image *image,
			 const struct user_regs_struct *registers, const struct thread_state *thread)
{
	const struct python_layout *l = &table->layout;
	uint64_t at = thread->record.thread_state;
	uint8_t bytes[THREAD_SIZE_MAX];

	if (image_read(image, m, at, bytes, l->thread_size))
		return -1;
	if (word_at(bytes, l->thread_id) != thread->thread_id ||
	    word_at(bytes, l->thread_interp) != thread->record.interpreter)
		return -1;
	if (runs_elsewhere(l, image, thread, bytes))
		return 0;
	frames_capture(l, &table->codes, (struct frame_source){ m, image, registers }, at, bytes);
	return 1;
}

static int is_thread(const struct python_layout *l, struct memory *m, const struct thread_state *thread,
		     pid_t inner_tid)
{
	int32_t tid;

	if (l->thread_native_id != OFFSET_NONE)
		return thread->native_id == (uint64_t)inner_tid;
	return l->descriptor_tid != OFFSET_NONE &&
	       !memory_read(m, thread->thread_id + l->descriptor_tid, &tid, sizeof(tid)) && tid == inner_tid;
}

uint64_t threads_id_of(const struct thread_table *table, struct memory *m, pid_t inner_tid)
{
	for (size_t i = 0; i < table->count; i++)
		if (is_thread(&table->layout, m, &table->threads[i], inner_tid))
			return table->threads[i].thread_id;
	return 0;
}

int threads_stand(const struct thread_table *table, struct memory *m, struct image *image,
		  const struct record_thread *owned, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!frames_stand(&table->layout, m, image, owned[i].thread_state))
			return 0;
	return 1;
}

size_t threads_capture(struct thread_table *table, struct memory *m, struct image *image,
		       const struct user_regs_struct *registers, struct record_thread *owned)
{
	size_t count = 0;

	if (!table->has_layout)
		return 0;
	code_table_begin(&table->codes);
	for (int attempt = 0; attempt < 2 && !count; attempt++) {
		int stale = 0;

		/* Something may have been added since the tick began; two words tell. */
		if (attempt)
			threads_refresh(table, m, 0);
		for (size_t i = 0; i < table->count && count < OWNED_MAX; i++) {
			const struct thread_state *thread = &table->threads[i];
			int captured;

			if (thread->thread_id != registers->fs_base && !runs_for_another(&table->layout, m, image, thread))
				continue;
			captured = capture_state(table, m, image, registers, thread);
			if (captured > 0) {
				touch_watched(&table->layout, m, image, thread->record.interpreter);
				owned[count++] = thread->record;
			}
			stale |= captured < 0;
		}
		/* A thread state was freed and its memory used again. */
		if (stale && !count)
			threads_refresh(table, m, 1);
	}
	return count;
}

void threads_settle(struct thread_table *table, struct image *image)
{
	if (table->has_layout)
		code_settle(&table->layout, &table->codes, image);
}
