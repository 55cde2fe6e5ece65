#include "code_set.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS 65536u

struct code_set {
	size_t count;
	uint64_t slots[SLOTS];	/* 0: free */
};

struct code_set *code_set_create(void)
{
	return calloc(1, sizeof(struct code_set));
}

void code_set_destroy(struct code_set *set)
{
	free(set);
}

void code_set_clear(struct code_set *set)
{
	memset(set, 0, sizeof(*set));
}

int code_set_add(struct code_set *set, uint64_t value)
{
	size_t i;

	value |= !value;
	for (i = value % SLOTS; set->slots[i]; i = (i + 1) % SLOTS)
		if (set->slots[i] == value)
			return 1;
	if (set->count >= SLOTS / 2) {
		code_set_clear(set);
		i = value % SLOTS;
	}
	set->slots[i] = value;
	set->count++;
	return 0;
}

uint64_t fingerprint(uint64_t start, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < size; i++)
		start = (start ^ p[i]) * 0x100000001b3ull;
	return start;
}
