/* A set of 64-bit fingerprints of code objects; full, it forgets all and begins again. */
#ifndef AUSTINP_CODE_SET_H
#define AUSTINP_CODE_SET_H

#include <stddef.h>
#include <stdint.h>

struct code_set;

struct code_set *code_set_create(void);
void code_set_destroy(struct code_set *set);
void code_set_clear(struct code_set *set);

/* Returns 1 if it was in the set already, else adds it and returns 0. */
int code_set_add(struct code_set *set, uint64_t fingerprint);

/* FNV-1a, 64 bits, going on from a start value. */
uint64_t fingerprint(uint64_t start, const void *bytes, size_t size);
#define FINGERPRINT_START 0xcbf29ce484222325ull

#endif
