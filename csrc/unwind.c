/* Follows copied stacks with libunwind. */
#include <errno.h>
#include <string.h>

#include "cold_part.h"
#include "shim.h"
#include "unwinder.h"

/* Registers that a function keeps for its caller, besides rsp: rbx, rbp, r12 to r15. */
#define SLOTS 6

static int is_signal_frame(struct unwinder *u, uint64_t pc)
{
	size_t i = pc % SIGNAL_CACHE;

	if (u->signals[i].pc != pc) {
		const struct module *module = unwinder_module_with_tables(u, pc);
		struct fde fde = { .signal_frame = 0 };

		u->signals[i].pc = pc;
		u->signals[i].signal_frame = module && !eh_frame_find(&module->eh_frame, pc, &fde) &&
					     fde.signal_frame;
	}
	return u->signals[i].signal_frame;
}

static void set_stack(struct unwinder *u, const struct user_regs_struct *registers, int partial, double stack_address,
		      const uint8_t *stack, uint32_t size)
{
	u->registers = registers;
	u->partial = partial;
	u->stack = stack;
	u->stack_address = (uint64_t)stack_address;
	u->stack_size = size;
	u->reads = READS_MAX;
}

static void put_frame(double *frames, uint64_t pc, uint64_t sp, int flag)
{
	frames[0] = (double)pc;
	frames[1] = (double)sp;
	frames[2] = flag;
}

static int is_same_word(const void *arg, uint64_t address, uint64_t value)
{
	uint64_t word;

	return !unwinder_read_stack(arg, address, &word) && word == value;
}

/* The frame where cursor is. */
static struct known_frame frame_at(unw_cursor_t *cursor, uint64_t pc, uint64_t sp, int flag)
{
	struct known_frame frame = { .pc = pc, .sp = sp, .flag = flag };
	unw_save_loc_t place;
	unw_word_t rbp;

	if (unw_get_reg(cursor, UNW_X86_64_RBP, &rbp) || unw_get_save_loc(cursor, UNW_X86_64_RBP, &place)) {
		frame.rbp_at = RBP_UNKNOWN;
		return frame;
	}
	frame.rbp = rbp;
	frame.rbp_at = place.type == UNW_SLT_MEMORY ? place.u.addr : 0;
	return frame;
}

/*
 * Whether the stack goes on from the frame where cursor is, the n-th, as one that is known. Then frames gets the rest, and
 * *result is what follow returns.
 */
static int join(struct unwinder *u, const struct known_frame *frame, double *frames, uint32_t n, uint32_t max,
		int32_t *result)
{
	const struct known_frame *rest = known_reach(&u->known, frame);
	uint32_t room = max - n, count = (uint32_t)u->known.joined;

	if (!rest)
		return 0;
	for (uint32_t i = 0; i < count && i < room; i++)
		put_frame(&frames[(n + i) * 3], rest[-(int64_t)i].pc, rest[-(int64_t)i].sp, rest[-(int64_t)i].flag);
	*result = count <= room ? (int32_t)(n + count) : -(int32_t)max;
	return 1;
}

/* Follows the stack that is set from its registers; flag is that of the innermost frame. */
static int32_t follow(struct unwinder *u, int flag, double *frames, uint32_t max)
{
	unw_cursor_t cursor;
	uint64_t last_sp = 0;
	int32_t n = 0, result;
	int step;

	if (unw_init_remote(&cursor, u->space, u))
		return 0;
	while ((uint32_t)n < max) {
		unw_word_t pc, sp;

		if (unw_get_reg(&cursor, UNW_REG_IP, &pc) || unw_get_reg(&cursor, UNW_REG_SP, &sp))
			return -n;
		pc &= ~EXACT_PC;
		if (!pc)
			return -n;
		/* A stack that does not advance ends here, except that a signal may have come on another one. */
		if (n && sp <= last_sp && flag != NATIVE_SIGNAL)
			return -n;
		if (u->known.tid) {
			struct known_frame frame = frame_at(&cursor, pc, sp, flag);

			if (join(u, &frame, frames, (uint32_t)n, max, &result))
				return result;
		}
		put_frame(&frames[n * 3], pc, sp, flag);
		n++;
		last_sp = sp;
		u->no_table = 0;
		u->needy = 0;
		u->noting = u->known.tid != 0;
		step = unw_step(&cursor);
		u->noting = 0;
		if (step <= 0 && u->needy)
			frames[n * 3 - 1] = flag | NATIVE_NEEDY;
		if (step <= 0)
			return step < 0 || u->no_table || u->needy ? -n : n;
		flag = u->no_table ? NATIVE_GUESSED : is_signal_frame(u, pc) ? NATIVE_SIGNAL : 0;
	}
	return -n;
}

EXPORT int32_t unwinder_unwind(struct unwinder *u, int32_t tid, const uint8_t *registers, int32_t partial,
			       double stack_address, const uint8_t *stack, uint32_t size, double *frames, uint32_t max)
{
	struct user_regs_struct copy;
	int32_t n;

	memcpy(&copy, registers, sizeof(copy));
	set_stack(u, &copy, partial, stack_address, stack, size);
	known_begin(&u->known, tid, is_same_word, u);
	n = follow(u, NATIVE_SIGNAL, frames, max);
	known_end(&u->known, n > 0);
	return n;
}

EXPORT void unwinder_counts(const struct unwinder *u, double *counts)
{
	counts[0] = (double)u->known.frames;
	counts[1] = (double)u->known.reused;
}

EXPORT int32_t unwinder_resume(struct unwinder *u, double cfa, const int32_t *slots, double stack_address,
			       const uint8_t *stack, uint32_t size, double *frames, uint32_t max)
{
	struct user_regs_struct r;
	unsigned long long *saved[SLOTS] = { &r.rbx, &r.rbp, &r.r12, &r.r13, &r.r14, &r.r15 };
	uint64_t at = (uint64_t)cfa;
	unw_word_t pc, value;
	int32_t n;

	memset(&r, 0, sizeof(r));
	set_stack(u, &r, 0, stack_address, stack, size);
	if (unwinder_read_word(u, at - 8, &pc))
		return 0;
	for (int i = 0; i < SLOTS; i++)
		if (slots[i] && !unwinder_read_word(u, at - (uint64_t)slots[i], &value))
			*saved[i] = value;
	r.rsp = at;
	/* libunwind takes the first address for one that was interrupted; this is a return address. */
	r.rip = pc - 1;
	n = follow(u, 0, frames, max);
	frames[0] = (double)pc;
	return n;
}

EXPORT int32_t unwinder_slots(struct unwinder *u, const uint8_t *registers, int32_t partial, double stack_address,
			      const uint8_t *stack, uint32_t size, uint32_t frame, int32_t *slots)
{
	static const unw_regnum_t saved[SLOTS] = {
		UNW_X86_64_RBX, UNW_X86_64_RBP, UNW_X86_64_R12, UNW_X86_64_R13, UNW_X86_64_R14, UNW_X86_64_R15,
	};
	struct user_regs_struct copy;
	unw_cursor_t cursor;
	unw_word_t sp, cfa;

	memcpy(&copy, registers, sizeof(copy));
	set_stack(u, &copy, partial, stack_address, stack, size);
	if (unw_init_remote(&cursor, u->space, u))
		return -ENOENT;
	for (uint32_t i = 0; i < frame; i++)
		if (unw_step(&cursor) <= 0)
			return -ENOENT;
	if (unw_get_reg(&cursor, UNW_REG_SP, &sp) || unw_step(&cursor) <= 0 ||
	    unw_get_reg(&cursor, UNW_REG_SP, &cfa))
		return -ENOENT;
	for (int i = 0; i < SLOTS; i++) {
		unw_save_loc_t place;

		slots[i] = 0;
		/* A place below sp is where a frame further in saved the register that this one left alone. */
		if (!unw_get_save_loc(&cursor, saved[i], &place) && place.type == UNW_SLT_MEMORY &&
		    place.u.addr >= sp && place.u.addr < cfa)
			slots[i] = (int32_t)(cfa - place.u.addr);
	}
	return 0;
}

EXPORT int32_t unwinder_function(struct unwinder *u, double pc, double *bounds)
{
	const struct module *module = unwinder_module_with_tables(u, (uint64_t)pc);
	struct fde fde, parent;

	if (!module || eh_frame_find(&module->eh_frame, (uint64_t)pc, &fde))
		return -ENOENT;
	bounds[0] = (double)fde.start;
	bounds[1] = (double)fde.end;
	bounds[2] = cold_part_parent(&module->eh_frame, &fde, &parent) ? 0 : (double)parent.start;
	return 0;
}
