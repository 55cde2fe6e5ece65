/*
 * Runs a test by its name; without one, writes the names. Built with all of csrc/ and the sanitizers in it, by
 * csrc_test.ts.
 */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define TESTS(T) \
	T(ring_wraps) T(ring_goes_back_when_all_is_read) T(ring_goes_back_when_nearly_all_is_read) T(ring_refuses_what_does_not_fit) T(ring_limits_what_waits) \
	T(ring_gives_memory_back) T(ring_keeps_order_between_threads) \
	T(capture_larger_than_the_ring) \
	T(image_reads_across_pages) T(image_survives_holes) T(image_refetches_in_one_call) T(image_bounds) \
	T(image_through_proc_mem) T(code_is_sent_once) T(code_is_sent_again_when_it_is_another) \
	T(code_of_distrusted_captures) T(code_without_a_print) T(code_table_forgets_when_full) T(code_table_bounds_a_capture) \
	T(code_table_keeps_what_it_has_as_it_grows) \
	T(eh_frame_finds_functions) T(eh_frame_survives_truncation) T(eh_frame_survives_mutation) T(cfi_that_libunwind_may_have) T(cfi_that_remembers_too_much) \
	T(known_stack_is_joined_where_it_is_the_same) T(known_stack_is_followed_where_rbp_is_another) \
	T(known_stack_is_forgotten_in_parts) \
	T(unwinder_unwinds_us) T(unwinder_gives_up_what_never_ends) T(unwinder_survives_mutation) T(unwinder_survives_a_return_address_nowhere) T(unwinder_survives_garbage_stacks) \
	T(unwinder_names_what_it_lacks) T(wait_is_parsed) T(tracee_goes_on_with_its_call) T(tracee_gets_eintr_from_a_signal) \
	T(pace_keeps_to_its_intervals) T(pace_counts_what_it_misses) T(pace_keeps_its_budget) \
	T(session_dumps) T(session_samples) T(session_leaves_ready_threads_alone) T(session_drops_and_recovers) T(session_ends_with_the_target) \
	T(session_refuses) T(session_of_churning_threads) T(session_lets_go_of_what_does_not_stop) \
	T(python_stack_is_copied) T(python_half_built_chain) T(python_watched_words_are_copied) \
	T(python_watched_words_that_are_gone) T(python_hostile_lists) T(python_garbage)

#define DECLARE(name) void name(void);
TESTS(DECLARE)

#define ENTRY(name) { #name, name },
static const struct { const char *name; void (*run)(void); } tests[] = { TESTS(ENTRY) };

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (argc < 2) {
			puts(tests[i].name);
		} else if (!strcmp(argv[1], tests[i].name)) {
			tests[i].run();
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}

uint8_t *map_pages(size_t count)
{
	uint8_t *p = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

void child_start(struct child *child, void (*run)(struct child *child, void *context), void *context)
{
	int ready[2], go[2];

	CHECK(!pipe(ready) && !pipe(go));
	child->pid = fork();
	CHECK(child->pid >= 0);
	if (!child->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		child->ready = ready[1];
		child->go = go[0];
		close(ready[0]);
		close(go[1]);
		run(child, context);
		_exit(0);
	}
	child->ready = ready[0];
	child->go = go[1];
	close(ready[1]);
	close(go[0]);
}

void child_ready(struct child *child)
{
	CHECK(write(child->ready, "r", 1) == 1);
}

void child_wait(struct child *child)
{
	char byte;

	CHECK(read(child->go, &byte, 1) >= 0);
}

void child_await(struct child *child)
{
	char byte;

	CHECK(read(child->ready, &byte, 1) == 1);
}

void child_go(struct child *child)
{
	CHECK(write(child->go, "g", 1) == 1);
}

int child_end(struct child *child)
{
	int status;

	close(child->ready);
	close(child->go);
	return waitpid(child->pid, &status, 0) == child->pid ? status : -1;
}

void child_kill(struct child *child)
{
	kill(child->pid, SIGKILL);
	child_end(child);
}

static const char *status_field(pid_t pid, pid_t tid, const char *field)
{
	static char line[256];
	size_t length = strlen(field);
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, tid);
	file = fopen(path, "r");
	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, field, length) && line[length] == ':')
			break;
	CHECK(!feof(file));
	fclose(file);
	return line + length + 1 + strspn(line + length + 1, " \t");
}

char status_letter(pid_t pid, pid_t tid, const char *field)
{
	return *status_field(pid, tid, field);
}

long status_number(pid_t pid, pid_t tid, const char *field)
{
	return strtol(status_field(pid, tid, field), NULL, 10);
}
