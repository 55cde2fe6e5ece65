#include "code_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "clock.h"

/* Powers of two. A program that is sampled for a while uses some hundred code objects, few use tens of thousands. */
#define SLOTS_FIRST 1024u
#define SLOTS_MAX 65536u
/* More are not told apart in one capture. */
#define MET_MAX 65536u

__extension__ typedef unsigned __int128 wide;

struct code_slot {
	uint64_t address;	/* 0: free */
	uint64_t print;		/* of the contents that the reader has; 0: it has none */
	uint64_t capture;	/* that has met it last */
};

int code_table_create(struct code_table *table)
{
	memset(table, 0, sizeof(*table));
	table->slot_count = SLOTS_FIRST;
	table->slots = calloc(table->slot_count, sizeof(*table->slots));
	if (!table->slots)
		return -ENOMEM;
	/* Any number will do for a target that does not mean ill. */
	if (getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK) != sizeof(table->seed))
		table->seed = clock_now();
	return 0;
}

void code_table_destroy(struct code_table *table)
{
	free(table->slots);
	free(table->met);
	memset(table, 0, sizeof(*table));
}

void code_table_forget(struct code_table *table)
{
	if (table->used)
		memset(table->slots, 0, table->slot_count * sizeof(*table->slots));
	table->used = 0;
}

void code_table_begin(struct code_table *table)
{
	table->count = 0;
	table->distrusted = 0;
	table->capture++;
}

/* The slot of an address, or the free one where it belongs. */
static struct code_slot *slot_of(const struct code_table *table, uint64_t address)
{
	size_t i = (size_t)(address / 16 * 0x9e3779b97f4a7c15ull >> 48) % table->slot_count;

	while (table->slots[i].address && table->slots[i].address != address)
		i = (i + 1) % table->slot_count;
	return &table->slots[i];
}

/* Makes room for another address; forgets all where there is no more. */
static void make_room(struct code_table *table)
{
	struct code_table larger = *table;

	larger.slot_count *= 2;
	larger.slots = table->slot_count < SLOTS_MAX ? calloc(larger.slot_count, sizeof(*larger.slots)) : NULL;
	if (!larger.slots) {
		code_table_forget(table);
		return;
	}
	for (size_t i = 0; i < table->slot_count; i++)
		if (table->slots[i].address)
			*slot_of(&larger, table->slots[i].address) = table->slots[i];
	free(table->slots);
	*table = larger;
}

static int reserve(struct code_table *table)
{
	size_t capacity = table->capacity ? table->capacity * 2 : 64;
	struct record_code *met;

	if (table->count < table->capacity)
		return 0;
	met = table->count < MET_MAX ? realloc(table->met, capacity * sizeof(*met)) : NULL;
	if (!met)
		return -ENOMEM;
	table->met = met;
	table->capacity = capacity;
	return 0;
}

int code_table_meet(struct code_table *table, uint64_t address)
{
	struct code_slot *slot = slot_of(table, address);

	if (slot->address && slot->capture == table->capture)
		return 0;
	if (reserve(table))
		return 0;
	if (!slot->address) {
		if (table->used >= table->slot_count / 2) {
			make_room(table);
			slot = slot_of(table, address);
		}
		*slot = (struct code_slot){ .address = address };
		table->used++;
	}
	slot->capture = table->capture;
	table->met[table->count++] = (struct record_code){ .address = address };
	return 1;
}

void code_table_print(struct code_table *table, uint64_t print)
{
	table->met[table->count - 1].print = print;
}

int code_table_has(const struct code_table *table, uint64_t address, uint64_t print)
{
	const struct code_slot *slot = slot_of(table, address);

	return !table->distrusted && slot->address && slot->print == print;
}

void code_table_settle(struct code_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		struct code_slot *slot = slot_of(table, table->met[i].address);

		if (slot->address)
			slot->print = table->distrusted ? 0 : table->met[i].print;
	}
}

/* Each word goes through a multiplication of 128 bits, whose halves are folded. */
static uint64_t mix(uint64_t a, uint64_t b)
{
	wide product = (wide)(a ^ 0xa0761d6478bd642full) * (b ^ 0xe7037ed1a0b428dbull);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t fingerprint(uint64_t start, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;
	uint64_t word = 0, print = mix(start, size);

	for (; size >= sizeof(word); p += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		print = mix(print, word) + start;
	}
	word = 0;
	memcpy(&word, p, size);
	return mix(print, word);
}
