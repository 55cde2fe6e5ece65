/* Unwinds copied stacks with libunwind: registers and stack from the copy, unwind tables from the files. */
#include <errno.h>
#include <libunwind.h>
#include <stdlib.h>
#include <string.h>
#include <sys/user.h>

#include "cold_part.h"
#include "eh_frame.h"
#include "shim.h"

/* Exported by libunwind-x86_64.so, declared in no header it installs: dwarf.h of libunwind 1.6.2. */
extern int _Ux86_64_dwarf_search_unwind_table(unw_addr_space_t as, unw_word_t ip, unw_dyn_info_t *di,
					      unw_proc_info_t *pi, int need_unwind_info, void *arg);

#define CACHE_SIZE 16384
#define SIGNAL_CACHE 4096u
/* Registers that a function keeps for its caller, besides rsp: rbx, rbp, r12 to r15. */
#define SLOTS 6

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

static const struct module *find_module(const struct unwinder *u, uint64_t address)
{
	size_t low = 0, high = u->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (u->modules[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < u->count && u->modules[low].start <= address ? &u->modules[low] : NULL;
}

static int find_proc_info(unw_addr_space_t as, unw_word_t ip, unw_proc_info_t *info, int need, void *arg)
{
	struct unwinder *u = arg;
	const struct module *module = find_module(u, ip);
	unw_dyn_info_t table = { .format = UNW_INFO_FORMAT_REMOTE_TABLE };
	int error;

	if (!module || !module->eh_frame.count) {
		u->no_table = 1;
		return -UNW_ENOINFO;
	}
	table.start_ip = module->start;
	table.end_ip = module->end;
	table.u.rti.segbase = module->eh_frame.header;
	table.u.rti.table_data = module->eh_frame.table;
	table.u.rti.table_len = module->eh_frame.count * 8 / sizeof(unw_word_t);
	error = _Ux86_64_dwarf_search_unwind_table(as, ip, &table, info, need, arg);
	u->no_table |= error != 0;
	return error;
}

static void put_unwind_info(unw_addr_space_t as, unw_proc_info_t *info, void *arg)
{
	(void)as, (void)info, (void)arg;
}

static int get_dyn_info_list(unw_addr_space_t as, unw_word_t *list, void *arg)
{
	(void)as, (void)list, (void)arg;
	return -UNW_ENOINFO;
}

static int access_mem(unw_addr_space_t as, unw_word_t address, unw_word_t *value, int write, void *arg)
{
	struct unwinder *u = arg;
	const struct module *module;

	(void)as;
	if (write)
		return -UNW_EINVAL;
	if (address >= u->stack_address && u->stack_size >= 8 && address - u->stack_address <= u->stack_size - 8) {
		memcpy(value, u->stack + (address - u->stack_address), 8);
		return 0;
	}
	/* Unwind tables, by where they are: a cached rule may be an expression in any module's. */
	module = find_module(u, address);
	if (!module)
		return -UNW_EINVAL;
	if (!eh_frame_read(&module->eh_frame, address, value, 8))
		return 0;
	/*
	 * They are read in aligned words, of which the last may reach beyond the section's end. And of functions
	 * that catch exceptions, the pointer to the personality routine is read from the module's data: any value
	 * will do, since nothing is thrown here.
	 */
	*value = 0;
	if (address >= module->eh_frame.base && address - module->eh_frame.base < module->eh_frame.size)
		memcpy(value, module->eh_frame.bytes + (address - module->eh_frame.base),
		       module->eh_frame.size - (address - module->eh_frame.base));
	return 0;
}

/* libunwind numbers registers as DWARF does: System V ABI, AMD64 supplement, figure 3.36. */
static int access_reg(unw_addr_space_t as, unw_regnum_t n, unw_word_t *value, int write, void *arg)
{
	const struct user_regs_struct *r = ((struct unwinder *)arg)->registers;

	(void)as;
	if (write)
		return -UNW_EREADONLYREG;
	switch (n) {
	case UNW_X86_64_RAX: *value = r->rax; return 0;
	case UNW_X86_64_RDX: *value = r->rdx; return 0;
	case UNW_X86_64_RCX: *value = r->rcx; return 0;
	case UNW_X86_64_RBX: *value = r->rbx; return 0;
	case UNW_X86_64_RSI: *value = r->rsi; return 0;
	case UNW_X86_64_RDI: *value = r->rdi; return 0;
	case UNW_X86_64_RBP: *value = r->rbp; return 0;
	case UNW_X86_64_RSP: *value = r->rsp; return 0;
	case UNW_X86_64_R8: *value = r->r8; return 0;
	case UNW_X86_64_R9: *value = r->r9; return 0;
	case UNW_X86_64_R10: *value = r->r10; return 0;
	case UNW_X86_64_R11: *value = r->r11; return 0;
	case UNW_X86_64_R12: *value = r->r12; return 0;
	case UNW_X86_64_R13: *value = r->r13; return 0;
	case UNW_X86_64_R14: *value = r->r14; return 0;
	case UNW_X86_64_R15: *value = r->r15; return 0;
	case UNW_X86_64_RIP: *value = r->rip; return 0;
	default: return -UNW_EBADREG;
	}
}

static int access_fpreg(unw_addr_space_t as, unw_regnum_t n, unw_fpreg_t *value, int write, void *arg)
{
	(void)as, (void)n, (void)value, (void)write, (void)arg;
	return -UNW_EBADREG;
}

static int resume(unw_addr_space_t as, unw_cursor_t *cursor, void *arg)
{
	(void)as, (void)cursor, (void)arg;
	return -UNW_EINVAL;
}

static int get_proc_name(unw_addr_space_t as, unw_word_t ip, char *name, size_t size, unw_word_t *offset,
			 void *arg)
{
	(void)as, (void)ip, (void)name, (void)size, (void)offset, (void)arg;
	return -UNW_ENOINFO;
}

EXPORT struct unwinder *unwinder_create(void)
{
	static const unw_accessors_t template = {
		.find_proc_info = find_proc_info, .put_unwind_info = put_unwind_info,
		.get_dyn_info_list_addr = get_dyn_info_list, .access_mem = access_mem,
		.access_reg = access_reg, .access_fpreg = access_fpreg, .resume = resume,
		.get_proc_name = get_proc_name,
	};
	unw_accessors_t accessors = template;
	struct unwinder *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->space = unw_create_addr_space(&accessors, 0);
	if (!u->space) {
		free(u);
		return NULL;
	}
	unw_set_caching_policy(u->space, UNW_CACHE_GLOBAL);
	unw_set_cache_size(u->space, CACHE_SIZE, 0);
	return u;
}

EXPORT void unwinder_clear(struct unwinder *u)
{
	for (size_t i = 0; i < u->count; i++)
		free(u->modules[i].eh_frame.bytes);
	u->count = 0;
	memset(u->signals, 0, sizeof(u->signals));
	unw_flush_cache(u->space, 0, 0);
}

EXPORT void unwinder_destroy(struct unwinder *u)
{
	unwinder_clear(u);
	free(u->modules);
	unw_destroy_addr_space(u->space);
	free(u);
}

static int by_start(const void *a, const void *b)
{
	uint64_t x = ((const struct module *)a)->start, y = ((const struct module *)b)->start;

	return x < y ? -1 : x > y;
}

EXPORT int32_t unwinder_add_module(struct unwinder *u, double start, double end, double header, double base,
				   const uint8_t *bytes, uint32_t size)
{
	struct module *m;

	if (u->count == u->capacity) {
		size_t capacity = u->capacity ? u->capacity * 2 : 64;
		struct module *modules = realloc(u->modules, capacity * sizeof(*modules));

		if (!modules)
			return -ENOMEM;
		u->modules = modules;
		u->capacity = capacity;
	}
	m = &u->modules[u->count];
	*m = (struct module){ .start = (uint64_t)start, .end = (uint64_t)end };
	m->eh_frame = (struct eh_frame){ .base = (uint64_t)base, .size = size, .header = (uint64_t)header };
	m->eh_frame.bytes = malloc(size ? size : 1);
	if (!m->eh_frame.bytes)
		return -ENOMEM;
	memcpy(m->eh_frame.bytes, bytes, size);
	if (eh_frame_init(&m->eh_frame)) {
		free(m->eh_frame.bytes);
		return -EINVAL;
	}
	u->count++;
	qsort(u->modules, u->count, sizeof(*u->modules), by_start);
	return 0;
}

static int is_signal_frame(struct unwinder *u, uint64_t pc)
{
	size_t i = pc % SIGNAL_CACHE;

	if (u->signals[i].pc != pc) {
		const struct module *module = find_module(u, pc);
		struct fde fde = { .signal_frame = 0 };

		u->signals[i].pc = pc;
		u->signals[i].signal_frame = module && !eh_frame_find(&module->eh_frame, pc, &fde) &&
					     fde.signal_frame;
	}
	return u->signals[i].signal_frame;
}

static void set_stack(struct unwinder *u, const struct user_regs_struct *registers, double stack_address,
		      const uint8_t *stack, uint32_t size)
{
	u->registers = registers;
	u->stack = stack;
	u->stack_address = (uint64_t)stack_address;
	u->stack_size = size;
}

/* Follows the stack that is set from its registers; flag is that of the innermost frame. */
static int32_t follow(struct unwinder *u, int flag, double *frames, uint32_t max)
{
	unw_cursor_t cursor;
	uint64_t last_sp = 0;
	int32_t n = 0;
	int step;

	if (unw_init_remote(&cursor, u->space, u))
		return 0;
	while ((uint32_t)n < max) {
		unw_word_t pc, sp;

		if (unw_get_reg(&cursor, UNW_REG_IP, &pc) || unw_get_reg(&cursor, UNW_REG_SP, &sp) || !pc)
			return -n;
		/* A stack that does not advance ends here, except that a signal may have come on another one. */
		if (n && sp <= last_sp && flag != NATIVE_SIGNAL)
			return -n;
		frames[n * 3] = (double)pc;
		frames[n * 3 + 1] = (double)sp;
		frames[n * 3 + 2] = flag;
		n++;
		last_sp = sp;
		u->no_table = 0;
		step = unw_step(&cursor);
		if (step <= 0)
			return step < 0 || u->no_table ? -n : n;
		flag = u->no_table ? NATIVE_GUESSED : is_signal_frame(u, pc) ? NATIVE_SIGNAL : 0;
	}
	return -n;
}

EXPORT int32_t unwinder_unwind(struct unwinder *u, const uint8_t *registers, double stack_address,
			       const uint8_t *stack, uint32_t size, double *frames, uint32_t max)
{
	struct user_regs_struct copy;

	memcpy(&copy, registers, sizeof(copy));
	set_stack(u, &copy, stack_address, stack, size);
	return follow(u, NATIVE_SIGNAL, frames, max);
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
	set_stack(u, &r, stack_address, stack, size);
	if (access_mem(u->space, at - 8, &pc, 0, u))
		return 0;
	for (int i = 0; i < SLOTS; i++)
		if (slots[i] && !access_mem(u->space, at - (uint64_t)slots[i], &value, 0, u))
			*saved[i] = value;
	r.rsp = at;
	/* libunwind takes the first address for one that was interrupted; this is a return address. */
	r.rip = pc - 1;
	n = follow(u, 0, frames, max);
	frames[0] = (double)pc;
	return n;
}

EXPORT int32_t unwinder_slots(struct unwinder *u, const uint8_t *registers, double stack_address,
			      const uint8_t *stack, uint32_t size, uint32_t frame, int32_t *slots)
{
	static const unw_regnum_t saved[SLOTS] = {
		UNW_X86_64_RBX, UNW_X86_64_RBP, UNW_X86_64_R12, UNW_X86_64_R13, UNW_X86_64_R14, UNW_X86_64_R15,
	};
	struct user_regs_struct copy;
	unw_cursor_t cursor;
	unw_word_t sp, cfa;

	memcpy(&copy, registers, sizeof(copy));
	set_stack(u, &copy, stack_address, stack, size);
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
	const struct module *module = find_module(u, (uint64_t)pc);
	struct fde fde, parent;

	if (!module || eh_frame_find(&module->eh_frame, (uint64_t)pc, &fde))
		return -ENOENT;
	bounds[0] = (double)fde.start;
	bounds[1] = (double)fde.end;
	bounds[2] = cold_part_parent(&module->eh_frame, &fde, &parent) ? 0 : (double)parent.start;
	return 0;
}
