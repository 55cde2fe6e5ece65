/* Words of copied structures. */
#ifndef AUSTINP_WORDS_H
#define AUSTINP_WORDS_H

#include <stdint.h>
#include <string.h>

/* A word at an offset of a copied structure, aligned or not. */
static inline uint64_t word_at(const void *bytes, uint32_t offset)
{
	uint64_t word;

	memcpy(&word, (const uint8_t *)bytes + offset, sizeof(word));
	return word;
}

/* Whether a word at that offset lies in a structure of that size. */
static inline int word_inside(uint32_t offset, uint32_t size)
{
	return offset < size && size - offset >= sizeof(uint64_t);
}

#endif
