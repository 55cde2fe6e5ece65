/* Which contents of code objects go into a record: the reader is sent them once, and again when they have changed. */
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "code.h"

/* A text of so many units of 1, 2 or 4 bytes, in the bits from 2 on; bit 6: its header ends before `more`. */
struct text { uint64_t references, length; uint32_t bits, unused; uint64_t more; char data[232]; };
struct table { uint64_t references, length; char data[240]; };
struct object { uint64_t references, key, name, lines, uses; };

#define UNIT(bytes) ((uint32_t)(bytes) << 2)
#define SHORT 64u

/* Each in a block of its own, so that what is kept of one is not kept for another. */
static struct world {
	struct object object;
	char after_object[BLOCK_BYTES - sizeof(struct object)];
	struct text name;
	char after_name[BLOCK_BYTES * 2 - sizeof(struct text)];
	struct table lines;
} *world;

static struct image image;
static struct memory memory;
static struct code_table codes;
static uint8_t stack[64];

static struct python_layout layout_of(int is_unique)
{
	return (struct python_layout){
		.code_size = sizeof(struct object), .code_key = offsetof(struct object, key), .code_key_size = 8,
		.code_key_is_unique = (uint32_t)is_unique,
		.blobs = {
			{ .pointer = offsetof(struct object, name), .length = offsetof(struct text, length),
			  .header_size = offsetof(struct text, data), .bits = offsetof(struct text, bits), .unit_bit = 2,
			  .short_bit = 6, .short_header_size = offsetof(struct text, more) },
			{ .pointer = offsetof(struct object, lines), .length = offsetof(struct table, length),
			  .header_size = offsetof(struct table, data), .unit = 1 },
			{ .pointer = OFFSET_NONE }, { .pointer = OFFSET_NONE },
		},
	};
}

static void begin(void)
{
	world = (struct world *)map_pages(2);
	world->object = (struct object){ 1, 77, (uint64_t)&world->name, (uint64_t)&world->lines, 0 };
	world->name = (struct text){ .references = 1, .length = 4, .bits = UNIT(1) | SHORT };
	memcpy(&world->name.more, "name", 4);
	world->lines = (struct table){ .references = 1, .length = 100 };
	CHECK(!memory_open(&memory, getpid()) && !image_create(&image) && !code_table_create(&codes));
}

static void end(void)
{
	code_table_destroy(&codes);
	image_destroy(&image);
	memory_close(&memory);
	munmap(world, 2 * PAGE);
}

static int is_kept(const void *at)
{
	for (size_t i = 0; i < image.count; i++) {
		const struct page *p = &image.pages[i];
		uint64_t distance = (uint64_t)at - p->address;

		if (distance < PAGE)
			return p->touched >> distance / BLOCK_BYTES & 1;
	}
	return 0;
}

/* A capture of the code object, met as often as recursion would. Returns whether its contents are in the record. */
static int capture(int is_unique, int is_distrusted)
{
	struct python_layout layout = layout_of(is_unique);
	struct code_source source = { &layout, &codes, &memory, &image, 0 };

	CHECK(!image_begin(&image, &memory, (uint64_t)stack, sizeof(stack), NULL));
	code_table_begin(&codes);
	codes.distrusted = is_distrusted;
	for (int i = 0; i < 3; i++)
		code_capture(&source, (uint64_t)&world->object);
	code_settle(&layout, &codes, &image);
	CHECK(codes.count == 1 && codes.met[0].address == (uint64_t)&world->object);
	CHECK(is_kept(&world->name) == is_kept(&world->lines));
	return is_kept(&world->name);
}

void code_is_sent_once(void)
{
	for (int is_unique = 0; is_unique < 2; is_unique++) {
		uint64_t print;

		begin();
		CHECK(capture(is_unique, 0));
		print = codes.met[0].print;
		CHECK(print && print < 1ull << 53);
		for (int round = 0; round < 3; round++) {
			/* References come and go, and so does what lies behind. */
			world->object.references++, world->object.uses++, world->name.references++;
			world->lines.references++, world->lines.data[100]++;
			memset((char *)&world->name.more + 4, 'a' + round, 100);
			CHECK(!capture(is_unique, 0) && codes.met[0].print == print);
			/* The reader goes by the key where there is one. */
			CHECK(is_kept(&world->object) == is_unique);
		}
		code_table_forget(&codes);
		CHECK(capture(is_unique, 0) && codes.met[0].print == print);
		CHECK(!capture(is_unique, 0));
		end();
	}
}

void code_is_sent_again_when_it_is_another(void)
{
	uint64_t prints[16] = { 0 };
	int count = 0;

	begin();
	CHECK(capture(0, 0));
	for (int change = 0; change < 8; change++) {
		prints[count++] = codes.met[0].print;
		switch (change) {
		case 0: world->object.key++; break;
		case 1: ((char *)&world->name.more)[3] = 'f'; break;
		case 2: world->name.length++; break;
		case 3: world->lines.data[99] = 5; break;
		case 4: world->lines.length--; break;
		/* Longer units, of which the last byte counts; then with all of the header. */
		case 5: world->name.bits = UNIT(4) | SHORT; break;
		case 6: ((char *)&world->name.more)[5 * 4 - 1] ^= 1; break;
		case 7: world->name.bits = UNIT(2); break;
		}
		CHECK(capture(0, 0));
		for (int i = 0; i < count; i++)
			CHECK(codes.met[0].print != prints[i]);
		CHECK(!capture(0, 0));
	}
	world->name.data[5 * 2 - 1] ^= 1;
	CHECK(capture(0, 0));
	end();
}

/* What the reader may not have looked at is sent again. */
void code_of_distrusted_captures(void)
{
	for (int is_unique = 0; is_unique < 2; is_unique++) {
		begin();
		CHECK(capture(is_unique, 1) && capture(is_unique, 1) && capture(is_unique, 0));
		CHECK(!capture(is_unique, 0) && capture(is_unique, 1) && capture(is_unique, 0));
		end();
	}
}

/* Contents that cannot be had have no print; then all that can be had is sent each time. */
void code_without_a_print(void)
{
	begin();
	world->lines.length = UINT64_MAX;
	world->object.lines = UINT64_MAX - 100;
	for (int round = 0; round < 3; round++) {
		struct python_layout layout = layout_of(0);
		struct code_source source = { &layout, &codes, &memory, &image, 0 };

		CHECK(!image_begin(&image, &memory, (uint64_t)stack, sizeof(stack), NULL));
		code_table_begin(&codes);
		code_capture(&source, (uint64_t)&world->object);
		CHECK(image.incomplete);
		code_settle(&layout, &codes, &image);
		CHECK(codes.count == 1 && !codes.met[0].print && is_kept(&world->name));
	}
	end();
}

void code_table_forgets_when_full(void)
{
	uint64_t random = 3, first = 0;

	CHECK(!code_table_create(&codes));
	for (int i = 0; i < 200000; i++) {
		uint64_t address = (uint64_t)next_random(&random) << 4 | 1ull << 40;

		first = first ? first : address;
		code_table_begin(&codes);
		if (!code_table_meet(&codes, address))
			exit(1);
		CHECK(!code_table_meet(&codes, address));
		code_table_print(&codes, 5);
		code_table_settle(&codes);
		CHECK(code_table_has(&codes, address, 5) && !code_table_has(&codes, address, 6));
	}
	CHECK(!code_table_has(&codes, first, 5));
	code_table_destroy(&codes);
}

void code_table_keeps_what_it_has_as_it_grows(void)
{
	uint64_t count = 30000, base = 1ull << 40;

	CHECK(!code_table_create(&codes));
	for (uint64_t i = 0; i < count; i++) {
		code_table_begin(&codes);
		CHECK(code_table_meet(&codes, base + 16 * i));
		code_table_print(&codes, i + 1);
		code_table_settle(&codes);
	}
	for (uint64_t i = 0; i < count; i++)
		CHECK(code_table_has(&codes, base + 16 * i, i + 1));
	code_table_destroy(&codes);
}

/* More code objects in one capture than are told apart: the rest is left to the reader. */
void code_table_bounds_a_capture(void)
{
	int met = 0;

	CHECK(!code_table_create(&codes));
	code_table_begin(&codes);
	for (uint64_t address = 4096; address < 4096 + 16 * 200000; address += 16)
		met += code_table_meet(&codes, address);
	CHECK(met == 65536 && codes.count == 65536);
	code_table_settle(&codes);
	code_table_begin(&codes);
	CHECK(code_table_meet(&codes, 4096) && codes.count == 1);
	code_table_destroy(&codes);
}
