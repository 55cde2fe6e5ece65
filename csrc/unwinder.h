/* What an unwinder holds: modules.c keeps its modules, accessors.c serves libunwind from it, unwind.c follows stacks. */
#ifndef AUSTINP_UNWINDER_H
#define AUSTINP_UNWINDER_H

#include <libunwind.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/user.h>

#include "eh_frame.h"
#include "known.h"

#define SIGNAL_CACHE 4096u

/*
 * Set in the pc of the innermost frame, for libunwind alone. It looks that one up as it is and a return address one byte
 * before, but caches the rules of both under the same number: those of a function would be taken for its neighbour's, where
 * the last instruction of one is a call that does not return and the other is interrupted at its first.
 */
#define EXACT_PC ((uint64_t)1 << 62)

/* Words of stack and tables that are read for a stack at most: an expression in a table may jump back for ever. */
#define READS_MAX ((uint64_t)1 << 22)

struct module {
	uint64_t start, end;	/* of its code */
	int expected;		/* its tables were not asked for yet */
	struct eh_frame eh_frame;
};

struct unwinder {
	unw_addr_space_t space;
	struct module *modules;	/* ascending, not overlapping */
	size_t count, capacity;
	struct { uint64_t pc; int signal_frame; } signals[SIGNAL_CACHE];
	/* the stack that is being unwound */
	const struct user_regs_struct *registers;
	int partial;		/* the UNKNOWN_REGISTERS are not among them */
	const uint8_t *stack;
	uint64_t stack_address, stack_size;
	uint64_t reads;		/* how many more it may take */
	int needy;		/* the last step took a register that is not known */
	int no_table;		/* the last step found no CFI for its address */
	uint64_t wanted;	/* where a module begins whose tables are missing, or 0 */
	struct known known;
	int noting;		/* what is read is told to known */
};

/*
 * What a wait in the kernel does not tell, a bit for each DWARF number: rcx, rbx, rbp, r11 to r15. Of these rcx and r11
 * are what the system call itself has overwritten.
 */
#define UNKNOWN_REGISTERS                                                                                             \
	(1u << UNW_X86_64_RCX | 1u << UNW_X86_64_RBX | 1u << UNW_X86_64_RBP | 1u << UNW_X86_64_R11 |                  \
	 1u << UNW_X86_64_R12 | 1u << UNW_X86_64_R13 | 1u << UNW_X86_64_R14 | 1u << UNW_X86_64_R15)

/* Reads a word of the copied stack: 0, or -1 where it is not in there. */
static inline int unwinder_read_stack(const struct unwinder *u, uint64_t address, uint64_t *value)
{
	if (address < u->stack_address || u->stack_size < 8 || address - u->stack_address > u->stack_size - 8)
		return -1;
	memcpy(value, u->stack + (address - u->stack_address), 8);
	return 0;
}

/* The module whose code, tables or data an address lies in, or NULL. */
const struct module *unwinder_find_module(const struct unwinder *u, uint64_t address);

/* The same, or NULL where its tables are not here; if they are expected, they are wanted now. */
const struct module *unwinder_module_with_tables(struct unwinder *u, uint64_t address);

/* libunwind's way to read a stack: registers and memory from the copy, tables from the modules. */
extern const unw_accessors_t unwinder_accessors;

/* Reads a word of the copied stack or of a module's tables. 0, or a negative unw_error_t. */
int unwinder_read_word(struct unwinder *u, uint64_t address, uint64_t *value);

#endif
