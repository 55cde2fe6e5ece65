/* What an unwinder holds: modules.c keeps its modules, accessors.c serves libunwind from it, unwind.c follows stacks. */
#ifndef AUSTINP_UNWINDER_H
#define AUSTINP_UNWINDER_H

#include <libunwind.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>

#include "eh_frame.h"

#define SIGNAL_CACHE 4096u

struct module {
	uint64_t start, end;	/* of its code */
	struct eh_frame eh_frame;
};

struct unwinder {
	unw_addr_space_t space;
	struct module *modules;	/* ascending, not overlapping */
	size_t count, capacity;
	struct { uint64_t pc; int signal_frame; } signals[SIGNAL_CACHE];
	/* the stack that is being unwound */
	const struct user_regs_struct *registers;
	const uint8_t *stack;
	uint64_t stack_address, stack_size;
	int no_table;		/* the last step found no CFI for its address */
};

/* The module whose code, tables or data an address lies in, or NULL. */
const struct module *unwinder_find_module(const struct unwinder *u, uint64_t address);

/* libunwind's way to read a stack: registers and memory from the copy, tables from the modules. */
extern const unw_accessors_t unwinder_accessors;

/* Reads a word of the copied stack or of a module's tables. 0, or a negative unw_error_t. */
int unwinder_read_word(struct unwinder *u, uint64_t address, uint64_t *value);

#endif
