/* Unwind tables, our own and broken ones; unwinding of our own stack, and of what is none. */
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cfi_check.h"
#include "check.h"
#include "cold_part.h"
#include "eh_frame.h"
#include "shim.h"

#define TABLES_MAX (4u << 20)
#define FRAMES 64

/* The tables of one module at [start, end): from its .eh_frame_hdr to the end of the segment that holds it. */
struct tables {
	uint64_t address, size, start, end;
	const uint8_t *bytes;
};

static int find_tables(struct dl_phdr_info *info, size_t size, void *context)
{
	struct tables *t = context;
	uint64_t header = 0, pc = (uint64_t)t->bytes, first = UINT64_MAX, last = 0;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uint64_t start = info->dlpi_addr + p->p_vaddr, end = start + p->p_memsz;

		if (p->p_type == PT_GNU_EH_FRAME)
			header = start;
		if (p->p_type != PT_LOAD)
			continue;
		first = start < first ? start : first;
		last = end > last ? end : last;
	}
	if (pc < first || pc >= last)
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uint64_t start = info->dlpi_addr + p->p_vaddr, end = start + p->p_filesz;

		if (p->p_type == PT_LOAD && header >= start && header < end)
			*t = (struct tables){ header, end - header, first, last, (const uint8_t *)header };
	}
	return 1;
}

static struct tables tables_of(void *function)
{
	struct tables t = { .bytes = function };

	CHECK(dl_iterate_phdr(find_tables, &t) && t.size > 64 && t.size < TABLES_MAX);
	return t;
}

/* A copy with its own end, so that the sanitizer sees each byte too far. */
static struct eh_frame copy_of(const struct tables *t, uint64_t size)
{
	struct eh_frame e = { .base = t->address, .size = size, .header = t->address };
	uint8_t *bytes = malloc(size ? size : 1);

	memcpy(bytes, t->bytes, size);
	e.bytes = bytes;
	return e;
}

static void search(const struct eh_frame *e, uint64_t pc)
{
	struct fde fde, other;

	if (eh_frame_find(e, pc, &fde))
		return;
	eh_frame_before(e, &fde, &other);
	cold_part_parent(e, &fde, &other);
}

static void search_all(const struct eh_frame *e, const struct tables *t, uint64_t *random)
{
	for (int i = 0; i < 20; i++)
		search(e, t->start + next_random(random) % (t->end - t->start));
	search(e, 0);
	search(e, UINT64_MAX);
}

void eh_frame_finds_functions(void)
{
	void *functions[] = { eh_frame_finds_functions, eh_frame_find, map_pages };
	struct tables t = tables_of(eh_frame_find);
	struct eh_frame e = copy_of(&t, t.size);
	struct fde fde;

	CHECK(!eh_frame_init(&e) && e.count > 50);
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		CHECK(!eh_frame_find(&e, (uint64_t)functions[i] + 1, &fde));
		CHECK(fde.start == (uint64_t)functions[i] && fde.end > fde.start && !fde.signal_frame);
	}
	CHECK(eh_frame_find(&e, t.start - 1, &fde) && eh_frame_find(&e, t.end + PAGE, &fde));
	free((void *)e.bytes);
}

void eh_frame_survives_truncation(void)
{
	struct tables t = tables_of(eh_frame_find);
	uint64_t random = 5;

	for (uint64_t size = 0; size < t.size; size = size < 600 ? size + 1 : size + 997) {
		struct eh_frame e = copy_of(&t, size);

		if (!eh_frame_init(&e))
			search_all(&e, &t, &random);
		/* As if the table were all there. */
		e.frames = t.address + 8;
		e.table = t.address + 12;
		e.count = t.size / 8;
		search_all(&e, &t, &random);
		free((void *)e.bytes);
	}
}

/* Changes some bytes; most of the changes hit the header, a CIE or the head of an FDE. */
static void mutate(uint8_t *bytes, uint64_t size, uint64_t *random)
{
	static const uint8_t words[] = { 0, 1, 0x7f, 0x80, 0xff, 'z', 'P', 'L', 'R', 0x1b, 0x03, 0x0c, 0xdf };

	for (uint32_t n = 1 + next_random(random) % 16; n; n--) {
		uint64_t limit = next_random(random) % 4 ? size : 64;
		uint64_t at = next_random(random) % limit;

		bytes[at] = next_random(random) % 2 ? words[next_random(random) % sizeof(words)] : (uint8_t)next_random(random);
	}
}

void eh_frame_survives_mutation(void)
{
	struct tables t = tables_of(eh_frame_find);
	struct eh_frame e = copy_of(&t, t.size);
	uint64_t random = 6;

	for (int i = 0; i < 20000; i++) {
		if (i % 32 == 0)
			memcpy((uint8_t *)e.bytes, t.bytes, t.size);
		mutate((uint8_t *)e.bytes, t.size, &random);
		if (!eh_frame_init(&e))
			search_all(&e, &t, &random);
	}
	free((void *)e.bytes);
}

/* Whether instructions are safe that stand alone, with an end that the sanitizer sees. */
static int is_safe(const uint8_t *bytes, uint64_t size)
{
	uint8_t *copy = memcpy(malloc(size), bytes, size);
	struct eh_frame e = { .bytes = copy, .base = PAGE, .size = size };
	int safe = cfi_is_safe(&e, PAGE, PAGE + size);

	free(copy);
	return safe;
}

#define SAFE(...) is_safe((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

void cfi_that_libunwind_may_have(void)
{
	/* What compilers write: def_cfa, offset, advance_loc, the CFA in a PLT, a register in a signal frame. */
	CHECK(SAFE(0x0c, 7, 8, 0x90, 1, 0x41, 0x0e, 16, 0x02, 200, 0x0a, 0xc3, 0x0b, 0, 0));
	CHECK(SAFE(0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22));
	CHECK(SAFE(0x10, 8, 2, 0x77, 40) && SAFE(0x16, 7, 2, 0x76, 0));
	CHECK(SAFE(0x09, 16, 14));
	/* A register that it would look up far outside its table. */
	CHECK(!SAFE(0x09, 16, 17) && !SAFE(0x09, 16, 0xff, 0xff, 0xff, 0xff, 0x7f) && !SAFE(0x0f, 2, 0x90, 17));
	/* Expressions: div, of which one quotient traps; skip and bra, behind which anything may stand; none that is known. */
	CHECK(!SAFE(0x0f, 3, 0x31, 0x31, 0x1b) && !SAFE(0x0f, 3, 0x2f, 0xfd, 0xff) && !SAFE(0x10, 16, 4, 0x31, 0x28, 0, 0));
	CHECK(!SAFE(0x0f, 1, 0x97));
	/* An expression that is longer than the rest, by wrapping around too; an instruction that is cut off. */
	CHECK(!SAFE(0x0f, 2, 0x31) && !SAFE(0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0x31));
	CHECK(!SAFE(0x0c, 7) && !SAFE(0x04, 1, 2, 3) && !SAFE(0x0e, 0x80) && !SAFE(0x01, 1, 2, 3, 4) && !SAFE(0x3c));
}

void cfi_that_remembers_too_much(void)
{
	uint8_t nested[100], in_turn[200];

	memset(nested, 0x0a, sizeof(nested));
	for (size_t i = 0; i < sizeof(in_turn); i++)
		in_turn[i] = i % 2 ? 0x0b : 0x0a;
	CHECK(!is_safe(nested, sizeof(nested)) && is_safe(in_turn, sizeof(in_turn)));
}

/* A child of ours that has stopped itself somewhere below libc, its registers and its stack. */
struct stopped {
	struct user_regs_struct registers;
	uint8_t stack[1 << 16];
	uint32_t size;
};

static void stop_itself(struct child *child, void *context)
{
	(void)child, (void)context;
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	raise(SIGSTOP);
}

/* In a function with a frame pointer, which nobody further in has saved. */
static void stop_here(struct child *child, void *context)
{
	long result = SYS_kill;

	(void)child, (void)context;
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	__asm__ volatile("syscall" : "+a"(result) : "D"((long)getpid()), "S"((long)SIGSTOP) : "rcx", "r11", "memory");
	CHECK(!result);
}

/* Returns the tables of where it has stopped. */
static struct tables take_in(struct stopped *stopped, void (*stop)(struct child *child, void *context))
{
	struct child child;
	struct iovec local = { .iov_base = stopped->stack, .iov_len = sizeof(stopped->stack) }, remote;

	child_start(&child, stop, NULL);
	CHECK(waitpid(child.pid, NULL, 0) == child.pid);
	CHECK(!ptrace(PTRACE_GETREGS, child.pid, 0, &stopped->registers));
	remote = (struct iovec){ (void *)(uintptr_t)stopped->registers.rsp, sizeof(stopped->stack) };
	stopped->size = (uint32_t)process_vm_readv(child.pid, &local, 1, &remote, 1, 0);
	CHECK(stopped->size > 100 && stopped->size <= sizeof(stopped->stack));
	child_kill(&child);
	return tables_of((void *)(uintptr_t)stopped->registers.rip);
}

static struct tables take(struct stopped *stopped)
{
	return take_in(stopped, stop_itself);
}

static void add_tables(struct unwinder *u, const struct tables *t, const uint8_t *bytes)
{
	unwinder_expect_module(u, (double)t->start, (double)t->end);
	unwinder_set_tables(u, (double)t->start, (double)t->address, (double)t->address, bytes, (uint32_t)t->size);
}

static int32_t unwind_partial(struct unwinder *u, const struct stopped *s, int partial, double *frames)
{
	/* A copy with its own end. */
	uint8_t *stack = malloc(s->size);
	int32_t n;

	memcpy(stack, s->stack, s->size);
	n = unwinder_unwind(u, 1, (const uint8_t *)&s->registers, partial, (double)s->registers.rsp, stack, s->size, frames,
			    FRAMES);
	free(stack);
	CHECK(n >= -FRAMES && n <= FRAMES);
	return n;
}

static int32_t unwind(struct unwinder *u, const struct stopped *s, double *frames)
{
	return unwind_partial(u, s, 0, frames);
}

void unwinder_unwinds_us(void)
{
	static struct stopped s;
	struct tables ours = tables_of(take), libcs = take(&s);
	struct unwinder *u = unwinder_create();
	double frames[FRAMES * 3], bounds[3];
	int32_t n;
	int found = 0;

	add_tables(u, &libcs, libcs.bytes);
	add_tables(u, &ours, ours.bytes);
	for (int round = 0; round < 3; round++) {
		n = abs(unwind(u, &s, frames));
		CHECK(n >= 6);
		for (int32_t i = 1; i < n; i++)
			CHECK(frames[i * 3 + 1] > frames[(i - 1) * 3 + 1]);
	}
	for (int32_t i = 0; i < n; i++)
		if (!unwinder_function(u, frames[i * 3] - 1, bounds))
			found |= bounds[0] == (double)(uint64_t)stop_itself ? 1 :
				 bounds[0] == (double)(uint64_t)unwinder_unwinds_us ? 2 : 0;
	CHECK(found == 3);
	/* What further frames need, libc has saved on the stack. */
	s.registers.rbx = s.registers.rbp = s.registers.r12 = s.registers.r13 = 0;
	CHECK(abs(unwind_partial(u, &s, 1, frames)) == n);
	unwinder_clear(u);
	CHECK(unwinder_function(u, frames[0], bounds));
	unwinder_destroy(u);
}

void unwinder_names_what_it_lacks(void)
{
	static struct stopped s;
	struct tables ours = take_in(&s, stop_here);
	struct unwinder *u = unwinder_create();
	double whole[FRAMES * 3], part[FRAMES * 3];
	int32_t count;

	add_tables(u, &ours, ours.bytes);
	count = abs(unwind(u, &s, whole));
	CHECK(count > 3);
	s.registers.rbx = s.registers.rbp = s.registers.r12 = s.registers.r13 = 0;
	CHECK(unwind_partial(u, &s, 1, part) == -1);
	CHECK(part[0] == whole[0] && part[1] == whole[1] && part[2] == (NATIVE_SIGNAL | NATIVE_NEEDY));
	unwinder_destroy(u);
}

/* Stops in a function whose CFA is told by an expression that jumps back to its beginning. */
static void stop_in_loop(struct child *child, void *context)
{
	(void)child, (void)context;
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	/* DW_CFA_def_cfa_expression, 3 bytes: DW_OP_skip -3 */
	__asm__ volatile(".cfi_remember_state\n"
			 ".cfi_escape 0x0f, 3, 0x2f, 0xfd, 0xff\n"
			 "int3\nnop\nnop\n"
			 ".cfi_restore_state");
}

void unwinder_gives_up_what_never_ends(void)
{
	static struct stopped s;
	struct tables ours = take_in(&s, stop_in_loop);
	struct unwinder *u = unwinder_create();
	double frames[FRAMES * 3];

	add_tables(u, &ours, ours.bytes);
	/* The frame pointer still tells of a caller. */
	if (abs(unwind(u, &s, frames)) > 1)
		CHECK(frames[5] == NATIVE_GUESSED || frames[5] == 0);
	unwinder_destroy(u);
}

void unwinder_survives_mutation(void)
{
	static struct stopped s;
	struct tables ours = tables_of(take), libcs = take(&s);
	uint8_t *our_bytes = malloc(ours.size), *libc_bytes = malloc(libcs.size);
	struct unwinder *u = unwinder_create();
	double frames[FRAMES * 3];
	uint64_t random = 7;

	for (int i = 0; i < 2000; i++) {
		unwinder_clear(u);
		memcpy(our_bytes, ours.bytes, ours.size);
		memcpy(libc_bytes, libcs.bytes, libcs.size);
		for (int n = 0; n < 1 << i % 10; n++) {
			mutate(our_bytes, ours.size, &random);
			mutate(libc_bytes, libcs.size, &random);
		}
		add_tables(u, &ours, our_bytes);
		add_tables(u, &libcs, libc_bytes);
		unwind(u, &s, frames);
	}
	unwinder_destroy(u);
	free(our_bytes);
	free(libc_bytes);
}

/* Each CIE says that the return address is in a register that libunwind has no place for. */
void unwinder_survives_a_return_address_nowhere(void)
{
	static struct stopped s;
	struct tables ours = take_in(&s, stop_here);
	uint8_t *bytes = malloc(ours.size);
	struct unwinder *u = unwinder_create();
	double frames[FRAMES * 3];
	int changed = 0;

	memcpy(bytes, ours.bytes, ours.size);
	/* "zR", code alignment 1, data alignment -8, return address in 16. */
	for (uint64_t at = 0; at + 6 < ours.size; at++)
		if (!memcmp(bytes + at, "zR\0\1\x78\x10", 6)) {
			bytes[at + 5] = 0x7f;
			changed++;
		}
	CHECK(changed > 0);
	add_tables(u, &ours, bytes);
	CHECK(unwind(u, &s, frames) == -1);
	unwinder_destroy(u);
	free(bytes);
}

void unwinder_survives_garbage_stacks(void)
{
	static struct stopped s, garbage;
	struct tables ours = tables_of(take), libcs = take(&s);
	struct unwinder *u = unwinder_create();
	double frames[FRAMES * 3];
	uint64_t random = 8;

	add_tables(u, &ours, ours.bytes);
	add_tables(u, &libcs, libcs.bytes);
	for (int i = 0; i < 5000; i++) {
		garbage = s;
		if (i % 3 == 0)
			garbage.size = next_random(&random) % 64;
		for (int n = 0; n < i % 50; n++)
			garbage.stack[next_random(&random) % 2048] = (uint8_t)next_random(&random);
		if (i % 7 == 0)
			garbage.registers.rip = ours.start + next_random(&random) % (ours.end - ours.start);
		if (i % 11 == 0)
			garbage.registers.rbp = garbage.registers.rsp + next_random(&random) % 4096 - 1024;
		if (i % 13 == 0)
			garbage.registers.rsp = UINT64_MAX - next_random(&random) % 64;
		unwind(u, &garbage, frames);
	}
	unwinder_destroy(u);
}
