#include "capture.h"

#include <errno.h>
#include <string.h>

#include "clock.h"

/* Leaf functions may use this much below sp: System V ABI, AMD64 supplement, 3.2.2. */
#define RED_ZONE 128
/*
 * Copied of a stack whose end is not known: of a fibre, a thread that runs on memory of its own, or one without a thread
 * state that was never stopped. A thread's own stack ends where reading does.
 */
#define STACK_DEFAULT (256u << 10)
/* For how long a thread that is not stopped is copied again until it stands. */
#define UNSTOPPED_NS (500 * NS_PER_US)

/*
 * The end of a thread's stack. glibc puts the thread descriptor, which fs points to, at the top of each
 * thread's stack; only the main thread's lies elsewhere.
 */
static uint64_t stack_end(uint64_t sp, uint64_t fs_base, uint64_t main_stack_end)
{
	uint64_t end = sp + STACK_DEFAULT;

	if (fs_base > sp && fs_base - sp < STACK_MAX)
		end = fs_base;
	if (main_stack_end > sp && main_stack_end - sp < STACK_MAX)
		end = main_stack_end;
	return end;
}

int capture_thread(struct capture *c, struct memory *m, struct thread_table *threads,
		   const struct user_regs_struct *registers, uint64_t main_stack_end, const struct page_list *pages)
{
	uint64_t from = registers->rsp - RED_ZONE;
	int error = image_begin(&c->image, m, from,
				stack_end(registers->rsp, registers->fs_base, main_stack_end) - from, pages);

	if (error)
		return error;
	c->sp = registers->rsp;
	c->pc = registers->rip;
	_Static_assert(sizeof(*registers) == sizeof(c->head.registers), "user_regs_struct has 27 words");
	memcpy(c->head.registers, registers, sizeof(*registers));
	c->head.thread_count = (uint32_t)threads_capture(threads, m, &c->image, registers, c->owned);
	if (c->image.incomplete)
		c->head.flags |= FLAG_INCOMPLETE;
	return 0;
}

int capture_waiting(struct capture *c, struct memory *m, struct thread_table *threads, const struct wait *wait,
		    uint64_t thread_id, uint64_t main_stack_end, const struct page_list *pages)
{
	struct user_regs_struct registers;

	wait_registers(wait, &registers);
	registers.fs_base = thread_id;
	c->head.flags |= FLAG_PARTIAL;
	return capture_thread(c, m, threads, &registers, main_stack_end, pages);
}

int capture_unstopped(struct capture *c, struct memory *m, struct thread_table *threads, uint64_t thread_id,
		      const struct page_list *pages)
{
	const struct user_regs_struct registers = { .fs_base = thread_id };
	uint64_t until = clock_now() + UNSTOPPED_NS;

	do {
		int error = image_begin(&c->image, m, 0, 0, pages);

		if (error)
			return error;
		c->head.thread_count = (uint32_t)threads_capture(threads, m, &c->image, &registers, c->owned);
		if (!c->head.thread_count)
			return -ESRCH;
		if (threads_stand(threads, m, &c->image, c->owned, c->head.thread_count))
			return 0;
	} while (clock_now() < until);
	c->head.flags |= FLAG_TORN;
	threads_distrust_code(threads);
	return 0;
}

static uint64_t pad(uint64_t size)
{
	return (size + 7) & ~7ull;
}

/* Kept blocks that follow each other in a page. */
struct run {
	struct record_range range;
	const uint8_t *bytes;
};

/* The blocks of a page that go into the record. */
static unsigned kept(const struct page *p)
{
	return p->fetched | p->touched;
}

static int next_block(const struct image *image, size_t *page, unsigned *block)
{
	for (; *page < image->count; ++*page, *block = 0)
		for (; *block < BLOCKS_PER_PAGE; ++*block)
			if (kept(&image->pages[*page]) >> *block & 1)
				return 1;
	return 0;
}

/* The next run of kept blocks within one page, from (page, block) on; moves them behind it. */
static int next_run(const struct image *image, size_t *page, unsigned *block, struct run *run)
{
	const struct page *p;
	unsigned first;

	if (!next_block(image, page, block))
		return 0;
	p = &image->pages[*page];
	first = *block;
	while (*block < BLOCKS_PER_PAGE && kept(p) >> *block & 1)
		++*block;
	run->range.address = p->address + first * BLOCK_BYTES;
	run->range.size = (*block - first) * BLOCK_BYTES;
	run->bytes = image->bytes + (size_t)p->slot * PAGE_BYTES + first * BLOCK_BYTES;
	return 1;
}

static uint64_t measure(struct capture *c)
{
	uint64_t bytes = pad(c->image.stack_size);
	unsigned block = 0;
	size_t page = 0;
	struct run run;

	c->head.range_count = 1;
	while (next_run(&c->image, &page, &block, &run)) {
		c->head.range_count++;
		bytes += run.range.size;
	}
	return sizeof(c->head) + c->head.thread_count * sizeof(struct record_thread) +
	       c->head.code_count * sizeof(struct record_code) + c->head.range_count * sizeof(struct record_range) +
	       pad(c->head.kernel_size) + bytes;
}

int capture_write(struct capture *c, struct ring *ring)
{
	struct record_range stack = { .address = c->image.stack_address, .size = c->image.stack_size };
	uint64_t size, at, bytes_at;
	unsigned block = 0;
	size_t page = 0;
	struct run run;

	image_sort(&c->image);
	size = measure(c);
	ring_rewind(ring, size);
	if (size > INT32_MAX || !ring_has_room(ring, size))
		return -ENOSPC;
	c->head.size = (uint32_t)size;
	ring_put(ring, 0, &c->head, sizeof(c->head));
	at = sizeof(c->head);
	ring_put(ring, at, c->owned, c->head.thread_count * sizeof(struct record_thread));
	at += c->head.thread_count * sizeof(struct record_thread);
	if (c->head.code_count)
		ring_put(ring, at, c->codes, c->head.code_count * sizeof(struct record_code));
	at += c->head.code_count * sizeof(struct record_code);
	bytes_at = at + c->head.range_count * sizeof(struct record_range);
	ring_put(ring, bytes_at, c->kernel, c->head.kernel_size);
	bytes_at += pad(c->head.kernel_size);
	ring_put(ring, at, &stack, sizeof(stack));
	at += sizeof(stack);
	ring_put(ring, bytes_at, c->image.stack, c->image.stack_size);
	bytes_at += pad(c->image.stack_size);
	while (next_run(&c->image, &page, &block, &run)) {
		ring_put(ring, at, &run.range, sizeof(run.range));
		at += sizeof(run.range);
		ring_put(ring, bytes_at, run.bytes, run.range.size);
		bytes_at += run.range.size;
	}
	ring_publish(ring, size);
	return 0;
}

int record_write(const struct record *head, struct ring *ring)
{
	ring_rewind(ring, sizeof(*head));
	if (!ring_has_room(ring, sizeof(*head)))
		return -ENOSPC;
	ring_put(ring, 0, head, sizeof(*head));
	ring_publish(ring, sizeof(*head));
	return 0;
}
