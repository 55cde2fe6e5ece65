/* The copy of a target's memory, here of our own: straddling reads, holes, bounds, and the second capture of a thread. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "image.h"

#define STACK 64u

static struct image image;
static struct memory memory;
static uint8_t stack[STACK];

static void open_us(void)
{
	CHECK(!memory_open(&memory, getpid()) && !image_create(&image));
	CHECK(!image_begin(&image, &memory, (uint64_t)stack, STACK, NULL));
}

static void close_us(void)
{
	image_destroy(&image);
	memory_close(&memory);
}

static uint8_t *numbered_pages(size_t count)
{
	uint8_t *p = map_pages(count);

	for (size_t i = 0; i < count * PAGE; i++)
		p[i] = (uint8_t)(i * 7 + i / PAGE);
	return p;
}

void image_reads_across_pages(void)
{
	uint8_t *pages = numbered_pages(4);
	uint64_t random = 4;

	open_us();
	for (int i = 0; i < 2000; i++) {
		size_t at = next_random(&random) % (4 * PAGE), size = next_random(&random) % (4 * PAGE - at + 1);
		uint8_t *into = malloc(size ? size : 1);

		CHECK(!image_read(&image, &memory, (uint64_t)pages + at, into, size));
		CHECK(!memcmp(into, pages + at, size));
		free(into);
	}
	CHECK(image.count == 4 && !image.incomplete);
	/* What lies in the stack copy comes from there, and only if all of it does. */
	uint8_t into[STACK];
	CHECK(!image_read(&image, &memory, (uint64_t)stack + 8, into, STACK - 8) && image.count == 4);
	CHECK(!image_read(&image, &memory, (uint64_t)stack + 8, into, STACK - 7) && image.count > 4);
	close_us();
}

void image_survives_holes(void)
{
	uint8_t *pages = numbered_pages(3), into[2 * PAGE];

	munmap(pages + PAGE, PAGE);
	open_us();
	CHECK(image_read(&image, &memory, (uint64_t)pages + PAGE - 8, into, 16) == -EFAULT && image.incomplete);
	image.incomplete = 0;
	CHECK(image_touch(&image, &memory, (uint64_t)pages + PAGE, 1) == -EFAULT && image.incomplete);
	image.incomplete = 0;
	CHECK(!image_read(&image, &memory, (uint64_t)pages, into, PAGE) && !memcmp(into, pages, PAGE));
	CHECK(!image_read(&image, &memory, (uint64_t)pages + 2 * PAGE, into, PAGE) && !image.incomplete);
	/* A stack is copied up to the hole. */
	CHECK(!image_begin(&image, &memory, (uint64_t)pages + 100, 3 * PAGE, NULL));
	CHECK(image.stack_size == PAGE - 100 && !memcmp(image.stack, pages + 100, PAGE - 100));
	CHECK(image_begin(&image, &memory, (uint64_t)pages + PAGE, PAGE, NULL) < 0 && !image.stack_size);
	close_us();
}

/* The pages that a list names, and the stack, in one call; what was not asked for last time is still to be read. */
void image_refetches_in_one_call(void)
{
	size_t many = 600; /* pages: more ranges than one call takes */
	uint8_t *pages = numbered_pages(many), byte;
	struct page_list *list;

	open_us();
	for (size_t i = 0; i < many; i++)
		CHECK(!image_touch(&image, &memory, (uint64_t)pages + i * PAGE + i % 16 * 256, 1));
	image_sort(&image);
	list = image_page_list(&image, NULL);
	CHECK(list->count == many);
	CHECK(!image_begin(&image, &memory, (uint64_t)stack, STACK, list) && image.stack_size == STACK);
	CHECK(image.count >= 400 && image.count < many);
	munmap(pages + PAGE, PAGE);
	CHECK(!image_read(&image, &memory, (uint64_t)pages + PAGE + 256, &byte, 1) && byte == (uint8_t)((PAGE + 256) * 7 + 1));
	CHECK(image_read(&image, &memory, (uint64_t)pages + PAGE, &byte, 1) == -EFAULT);
	CHECK(!image_read(&image, &memory, (uint64_t)pages + (many - 1) * PAGE, &byte, 1));
	/* A listed page that is gone costs the list, not the stack. */
	CHECK(!image_begin(&image, &memory, (uint64_t)stack, STACK, list) && image.stack_size == STACK);
	CHECK(image_read(&image, &memory, (uint64_t)pages + PAGE + 256, &byte, 1) == -EFAULT);
	CHECK(!image_read(&image, &memory, (uint64_t)pages + 5 * PAGE, &byte, 1) && byte == (uint8_t)(5 * PAGE * 7 + 5));
	list = image_page_list(&image, list);
	CHECK(list && list->count < many);
	page_list_free(list);
	close_us();
}

void image_bounds(void)
{
	static const struct { uint64_t address; size_t size; } outside[] = {
		{ 0, 1 }, { PAGE - 1, 1 }, { PAGE - 1, 2 }, { 1ull << 47, 1 }, { (1ull << 47) - 1, 2 },
		{ UINT64_MAX, 1 }, { UINT64_MAX - 7, 16 }, { 0xdeadbeefdeadbeef, 8 }, { PAGE, SIZE_MAX },
	};
	size_t many = PAGES_MAX + 10;
	uint8_t *pages = map_pages(many);

	open_us();
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		image.incomplete = 0;
		CHECK(image_touch(&image, &memory, outside[i].address, outside[i].size) == -EFAULT && image.incomplete);
	}
	CHECK(image.count == 0);
	image.incomplete = 0;
	CHECK(image_touch(&image, &memory, (uint64_t)pages, many * PAGE) == -EFAULT);
	CHECK(image.incomplete && image.count == PAGES_MAX);
	image_sort(&image);
	CHECK(!image_begin(&image, &memory, (uint64_t)pages, STACK_MAX + PAGE, NULL) && image.stack_size == STACK_MAX);
	CHECK(!image.incomplete && image.count == 0);
	/* Nothing of the full capture is left in the index, however its pages were sorted. */
	for (int round = 0; round < 3; round++) {
		CHECK(!image_touch(&image, &memory, (uint64_t)pages + STACK_MAX + PAGE, 5 * PAGE));
		CHECK(image.count == 5);
		image_sort(&image);
		CHECK(!image_begin(&image, &memory, (uint64_t)stack, STACK, NULL) && image.count == 0);
	}
	close_us();
}

void image_through_proc_mem(void)
{
	uint8_t *pages = numbered_pages(3), into[PAGE];

	open_us();
	memory.through_fd = 1;
	munmap(pages + 2 * PAGE, PAGE);
	CHECK(!image_begin(&image, &memory, (uint64_t)pages + PAGE, 4 * PAGE, NULL) && image.stack_size == PAGE);
	CHECK(!image_read(&image, &memory, (uint64_t)pages + 10, into, PAGE) && !memcmp(into, pages + 10, PAGE));
	CHECK(image_touch(&image, &memory, (uint64_t)pages + 2 * PAGE, 1) == -EFAULT);
	close_us();
}
