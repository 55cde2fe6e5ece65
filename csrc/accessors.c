/* Serves libunwind from a copy: registers and stack from the capture, unwind tables from the files. */
#include <string.h>

#include "cfi_check.h"
#include "unwinder.h"

/* What unw_proc_info_t's unwind_info points to, as far as it is looked at: dwarf.h of libunwind 1.6.2. */
struct cie_info {
	unw_word_t cie_start, cie_end;	/* instructions of the CIE */
	unw_word_t fde_start, fde_end;	/* and of the FDE */
	unw_word_t code_alignment, data_alignment;
	unw_word_t return_address;	/* its register */
};

/*
 * Instructions that end a stack with an error, in a word at an address where nothing is: def_cfa rsp+8, and for rip an
 * expression that gives an address where nothing is, 8.
 */
#define REFUSAL_AT 16
#define REFUSAL_SIZE 7
#define REFUSAL 0x003801101008070cull

/* Exported by libunwind-x86_64.so, declared in no header it installs: dwarf.h of libunwind 1.6.2. */
extern int _Ux86_64_dwarf_search_unwind_table(unw_addr_space_t as, unw_word_t ip, unw_dyn_info_t *di,
					      unw_proc_info_t *pi, int need_unwind_info, void *arg);

static int program_is_safe(struct unwinder *u, uint64_t start, uint64_t end)
{
	const struct module *module = start < end ? unwinder_module_with_tables(u, start) : NULL;

	return start >= end || (module && cfi_is_safe(&module->eh_frame, start, end));
}

/* libunwind follows what a table says without a look; one that would have it do harm is replaced. */
static void refuse_unsafe(struct unwinder *u, struct cie_info *cie)
{
	if (cie->return_address == UNW_X86_64_RIP && program_is_safe(u, cie->cie_start, cie->cie_end) &&
	    program_is_safe(u, cie->fde_start, cie->fde_end))
		return;
	cie->return_address = UNW_X86_64_RIP;
	cie->cie_start = REFUSAL_AT;
	cie->cie_end = REFUSAL_AT + REFUSAL_SIZE;
	cie->fde_start = cie->fde_end = 0;
}

static int find_proc_info(unw_addr_space_t as, unw_word_t ip, unw_proc_info_t *info, int need, void *arg)
{
	struct unwinder *u = arg;
	const uint64_t mark = ip & EXACT_PC;
	const struct module *module = unwinder_module_with_tables(u, ip - mark);
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
	error = _Ux86_64_dwarf_search_unwind_table(as, ip - mark, &table, info, need, arg);
	u->no_table |= error != 0;
	info->start_ip += mark;
	info->end_ip += mark;
	if (!error && info->unwind_info)
		refuse_unsafe(u, info->unwind_info);
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

int unwinder_read_word(struct unwinder *u, uint64_t address, uint64_t *value)
{
	const struct module *module;

	if (!u->reads)
		return -UNW_EINVAL;
	u->reads--;
	if (!unwinder_read_stack(u, address, value)) {
		if (u->noting)
			known_read(&u->known, address, *value);
		return 0;
	}
	if (address == REFUSAL_AT) {
		*value = REFUSAL;
		return 0;
	}
	/* Unwind tables, by where they are: a cached rule may be an expression in any module's. */
	module = unwinder_module_with_tables(u, address);
	if (!module) {
		/* A larger copy of the stack may have it. */
		u->known.broken = 1;
		return -UNW_EINVAL;
	}
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

static int access_mem(unw_addr_space_t as, unw_word_t address, unw_word_t *value, int write, void *arg)
{
	(void)as;
	return write ? -UNW_EINVAL : unwinder_read_word(arg, address, value);
}

/* libunwind numbers registers as DWARF does: System V ABI, AMD64 supplement, figure 3.36. */
static int access_reg(unw_addr_space_t as, unw_regnum_t n, unw_word_t *value, int write, void *arg)
{
	struct unwinder *u = arg;
	const struct user_regs_struct *r = u->registers;

	(void)as;
	if (write)
		return -UNW_EREADONLYREG;
	if (u->partial && n >= 0 && n < 32 && UNKNOWN_REGISTERS >> n & 1) {
		u->needy = 1;
		return -UNW_EBADREG;
	}
	if (u->noting)
		known_read_register(&u->known, n);
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
	case UNW_X86_64_RIP: *value = r->rip | EXACT_PC; return 0;
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

const unw_accessors_t unwinder_accessors = {
	.find_proc_info = find_proc_info, .put_unwind_info = put_unwind_info,
	.get_dyn_info_list_addr = get_dyn_info_list, .access_mem = access_mem,
	.access_reg = access_reg, .access_fpreg = access_fpreg, .resume = resume,
	.get_proc_name = get_proc_name,
};
