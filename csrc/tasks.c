#include "tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "image.h"

/* Stopping and restarting a system call takes some 20 us on a CPU, more where the program itself has to do it. */
#define RETURN_NS (300 * NS_PER_US)

/* include/linux/sched.h */
#define PF_EXITING 0x4

static int open_file(pid_t pid, pid_t tid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", pid, tid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Reads a small file of /proc from its start, by the kept descriptor or, without one, by a new one. */
static ssize_t read_file(pid_t pid, pid_t tid, const char *name, int *kept, char *into, size_t size)
{
	int fd = kept && *kept >= 0 ? *kept : open_file(pid, tid, name);
	ssize_t n;
	int error;

	if (fd < 0)
		return -errno;
	n = pread(fd, into, size - 1, 0);
	error = errno;
	if (!kept || *kept < 0) {
		/* Keep it open unless descriptors run out; then each look opens it again. */
		if (kept && fd < 4096)
			*kept = fd;
		else
			close(fd);
	}
	if (n < 0)
		return -error;
	into[n] = '\0';
	return n;
}

int tasks_open(struct task_table *table, pid_t pid)
{
	char path[32];

	memset(table, 0, sizeof(*table));
	table->pid = pid;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	table->dir = opendir(path);
	if (!table->dir)
		return errno == ENOENT ? -ESRCH : -errno;
	return 0;
}

static void task_free(struct task *t)
{
	if (t->syscall_fd >= 0)
		close(t->syscall_fd);
	if (t->schedstat_fd >= 0)
		close(t->schedstat_fd);
	page_list_free(t->pages);
}

void tasks_close(struct task_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		task_free(&table->tasks[i]);
	free(table->tasks);
	if (table->dir)
		closedir(table->dir);
	memset(table, 0, sizeof(*table));
}

static int add(struct task_table *table, pid_t tid, uint64_t now_ns)
{
	if (table->count == table->capacity) {
		size_t capacity = table->capacity ? table->capacity * 2 : 16;
		struct task *tasks = realloc(table->tasks, capacity * sizeof(*tasks));

		if (!tasks)
			return -ENOMEM;
		table->tasks = tasks;
		table->capacity = capacity;
	}
	table->tasks[table->count++] = (struct task){
		.tid = tid, .seen = 1, .syscall_fd = -1, .schedstat_fd = -1, .last_ns = now_ns,
	};
	return 0;
}

/* The kernel lists threads in the order of their creation, as we keep them: the next is nearly always it. */
static struct task *find(struct task_table *table, pid_t tid, size_t *hint)
{
	for (size_t n = 0; n < table->count; n++) {
		size_t i = (*hint + n) % table->count;

		if (table->tasks[i].tid == tid) {
			*hint = i + 1;
			return &table->tasks[i];
		}
	}
	return NULL;
}

static int list(struct task_table *table, uint64_t now_ns)
{
	size_t hint = 0, known = table->count;
	struct dirent *entry;

	rewinddir(table->dir);
	while ((entry = readdir(table->dir))) {
		pid_t tid = atoi(entry->d_name);
		struct task *t;

		if (tid <= 0)
			continue;
		t = known ? find(table, tid, &hint) : NULL;
		if (t)
			t->seen = 1;
		else if (table->count >= TASKS_MAX || add(table, tid, now_ns))
			return -ENOMEM;
	}
	return 0;
}

int tasks_refresh(struct task_table *table, int force, uint64_t now_ns,
		  void (*gone)(void *context, struct task *t), void *context)
{
	struct stat st;
	size_t kept = 0;
	int error;

	if (fstat(dirfd(table->dir), &st))
		return errno == ENOENT ? -ESRCH : -errno;
	if (!force && st.st_nlink == table->links)
		return 0;
	table->links = st.st_nlink;
	for (size_t i = 0; i < table->count; i++)
		table->tasks[i].seen = 0;
	error = list(table, now_ns);
	for (size_t i = 0; i < table->count; i++) {
		if (table->tasks[i].seen) {
			table->tasks[kept++] = table->tasks[i];
			continue;
		}
		if (gone)
			gone(context, &table->tasks[i]);
		task_free(&table->tasks[i]);
	}
	table->count = kept;
	return error ? error : kept ? 0 : -ESRCH;
}

/*
 * What a thread does: the text of /proc/PID/task/TID/syscall, "running" or the call it waits in with its
 * arguments, sp and pc. Without the right to read that, the state letter tells as much at a higher price.
 */
static enum task_state read_state(pid_t pid, struct task *t, char *text, size_t size)
{
	ssize_t n = read_file(pid, t->tid, "syscall", &t->syscall_fd, text, size);
	char letter;

	if (n == -ESRCH || n == -ENOENT)
		return TASK_GONE;
	if (n > 0)
		return text[0] == 'r' ? TASK_RUNNING : TASK_WAITING;
	text[0] = '\0';
	letter = task_letter(pid, t->tid);
	return !letter ? TASK_GONE : letter == 'R' ? TASK_RUNNING : TASK_WAITING;
}

/* Exact for a thread that waits; for a running one the kernel's books lag behind. */
static struct cpu_use read_use(pid_t pid, struct task *t)
{
	struct cpu_use use = { 0 };
	char text[128], *end;

	/* time on a CPU, time ready to be on one, turns */
	if (read_file(pid, t->tid, "schedstat", &t->schedstat_fd, text, sizeof(text)) <= 0)
		return use;
	use.ns = strtoull(text, &end, 10);
	strtoull(end, &end, 10);
	use.turns = strtoull(end, NULL, 10);
	return use;
}

/* Whether the text of the syscall file ends with this sp and pc. */
static int waits_at(const char *text, uint64_t sp, uint64_t pc)
{
	char place[64];
	const char *found;

	snprintf(place, sizeof(place), " 0x%llx 0x%llx\n", (unsigned long long)sp, (unsigned long long)pc);
	found = strstr(text, place);
	return found && !found[strlen(place)];
}

enum task_state task_look(pid_t pid, struct task *t)
{
	char text[256];
	enum task_state state;
	struct cpu_use use;

	/* For most threads most of the time this one file is all that is read. */
	if (t->captured && !t->returning) {
		use = read_use(pid, t);
		if (use.ns && use.ns == t->use.ns && use.turns == t->use.turns)
			return TASK_SAME;
	}
	state = read_state(pid, t, text, sizeof(text));
	if (state == TASK_RUNNING && t->stop_turns) {
		if (read_use(pid, t).turns == t->stop_turns)
			return TASK_READY;
		t->stop_turns = 0;
	}
	if (state == TASK_GONE || (state == TASK_RUNNING && !t->returning)) {
		t->captured = 0;
		return state;
	}
	use = read_use(pid, t);
	if (t->returning) {
		/* One turn led it into the stop; it has had none since. */
		if (state == TASK_RUNNING && use.turns <= t->use.turns + 1)
			return TASK_SAME;
		t->returning = 0;
		t->captured = state == TASK_WAITING && use.ns - t->use.ns < RETURN_NS && waits_at(text, t->sp, t->pc);
	} else if (use.ns != t->use.ns) {
		t->captured = 0;
	}
	t->use = use;
	if (t->captured)
		return TASK_SAME;
	if (state == TASK_WAITING)
		wait_parse(text, &t->wait);
	return state;
}

int task_has_waited(pid_t pid, struct task *t)
{
	struct cpu_use use = read_use(pid, t);

	return use.ns && use.ns == t->use.ns && use.turns == t->use.turns;
}

void task_returns(struct task *t, uint64_t sp, uint64_t pc)
{
	t->returning = t->use.ns != 0;
	t->sp = sp;
	t->pc = pc;
}

void task_stopped_late(pid_t pid, struct task *t)
{
	t->stop_turns = read_use(pid, t).turns;
}

int task_is_dying(pid_t tid)
{
	char text[512], *end;
	unsigned flags;

	if (read_file(tid, tid, "stat", NULL, text, sizeof(text)) <= 0)
		return 0;
	/* state, ppid, pgrp, session, tty, its group, flags */
	end = strrchr(text, ')');
	return end && sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %u", &flags) == 1 && flags & PF_EXITING;
}

pid_t task_inner_tid(pid_t pid, struct task *t)
{
	char text[4096], *line;

	if (t->inner_tid || read_file(pid, t->tid, "status", NULL, text, sizeof(text)) <= 0)
		return t->inner_tid;
	/* From the outermost namespace to its own. */
	line = strstr(text, "\nNSpid:");
	t->inner_tid = t->tid;
	if (line) {
		char *end = strchr(line + 1, '\n');

		for (char *at = strchr(line, '\t'); at && (!end || at < end); at = strchr(at + 1, '\t'))
			t->inner_tid = atoi(at + 1);
	}
	return t->inner_tid;
}

pid_t task_tracer(pid_t pid, pid_t tid)
{
	char text[4096], *line;

	if (read_file(pid, tid, "status", NULL, text, sizeof(text)) <= 0)
		return 0;
	line = strstr(text, "\nTracerPid:\t");
	return line ? atoi(strchr(line, '\t')) : 0;
}

ssize_t task_kernel_stack(pid_t pid, pid_t tid, char *into, size_t size)
{
	return read_file(pid, tid, "stack", NULL, into, size);
}

char task_letter(pid_t pid, pid_t tid)
{
	char text[512], *end;

	if (read_file(pid, tid, "stat", NULL, text, sizeof(text)) <= 0)
		return 0;
	end = strrchr(text, ')');
	return end && end[1] == ' ' ? end[2] : 0;
}
