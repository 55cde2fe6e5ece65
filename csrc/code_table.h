/*
 * Which contents of code objects the reader has: by address, a print of what was there when they were sent last. What a
 * capture meets is noted, and counts as sent once the capture is settled. Full, the table forgets all and begins again.
 */
#ifndef AUSTINP_CODE_TABLE_H
#define AUSTINP_CODE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "shim.h"

struct code_table {
	struct code_slot *slots;
	size_t used, slot_count;
	uint64_t seed;		/* of all prints; the target does not know it */
	uint64_t capture;	/* counts them */
	int distrusted;		/* what this one sends, the reader may not find */
	struct record_code *met;	/* in this capture, each once */
	size_t count, capacity;
};

/* 0 or -ENOMEM. */
int code_table_create(struct code_table *table);
void code_table_destroy(struct code_table *table);

/* The reader has no contents any more. */
void code_table_forget(struct code_table *table);

/* A capture begins: none has been met. */
void code_table_begin(struct code_table *table);

/* Notes that the capture has a code object at address. 1 the first time; 0 if it was met before, or there is no memory. */
int code_table_meet(struct code_table *table, uint64_t address);

/* Says what the one that was met last is, if that is known by now. */
void code_table_print(struct code_table *table, uint64_t print);

/* Whether the reader has the contents that have this print. */
int code_table_has(const struct code_table *table, uint64_t address, uint64_t print);

/* The reader will have what this capture has met and knows the print of; not if the capture is distrusted. */
void code_table_settle(struct code_table *table);

/* A print going on from a start value, at first table->seed. */
uint64_t fingerprint(uint64_t start, const void *bytes, size_t size);

/* As it is told to the reader, where it has to be exact in a double: 53 bits, never 0, which stands for none. */
static inline uint64_t code_print_of(uint64_t fingerprint)
{
	uint64_t print = fingerprint & ((1ull << 53) - 1);

	return print | !print;
}

#endif
