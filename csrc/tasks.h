/* The threads of the target: who there is, and whether each has run since it was last copied. */
#ifndef AUSTINP_TASKS_H
#define AUSTINP_TASKS_H

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wait.h"

/* Bounds what a hostile or broken target can make us hold. */
#define TASKS_MAX 65536

struct page_list;

struct cpu_use {
	uint64_t ns;		/* time on a CPU; 0 where the kernel does not tell */
	uint64_t turns;		/* how often it got one */
};

struct task {
	pid_t tid;
	int seen;		/* in the last listing of /proc/PID/task */
	int pending;		/* interrupted, has not stopped yet */
	int captured;		/* has a capture that still stands while it does not run */
	int partial;		/* and was made without a stop, so that most registers are not known */
	struct wait wait;	/* what it was in when task_look last said TASK_WAITING */
	uint64_t thread_id;	/* its pthread_self(), which never changes; 0: not known yet */
	int returning;		/* was captured in a wait, and has not been seen back in it */
	uint64_t sp, pc;	/* of that wait */
	struct cpu_use use;	/* when it was last seen in its wait */
	uint64_t same_ns;	/* when it was last seen not to have run, and no record told; else 0 */
	uint16_t same_flags;	/* of that record */
	int stateless;		/* so often in a row no thread state of CPython was found for it */
	uint64_t stop_turns;	/* turns when it was last stopped, having waited for a CPU; else 0 */
	int syscall_fd, schedstat_fd;	/* kept open; -1: opened for each look */
	pid_t inner_tid;	/* in its own pid namespace; 0: not known yet */
	uint64_t last_ns;	/* when its last record was written */
	uint64_t refused_ns;	/* since when it may not be traced; 0: it may */
	uint64_t stack_at, stack_size;	/* what of its stack the last capture copied */
	struct page_list *pages;	/* Python memory touched by the last capture; see image.h */
};

struct task_table {
	pid_t pid;
	DIR *dir;
	uint64_t links;		/* of /proc/PID/task at the last listing: two more than threads */
	struct task *tasks;	/* in the order of their creation */
	size_t count, capacity;
};

enum task_state {
	TASK_RUNNING,	/* on a CPU or ready to be */
	TASK_WAITING,	/* waits in the kernel, and has run since the last capture */
	TASK_SAME,	/* waits in the kernel, and has not run since */
	TASK_READY,	/* waits for a CPU, and has had none since */
	TASK_GONE,
};

/* 0, or -errno: -ESRCH where there is no such process. */
int tasks_open(struct task_table *table, pid_t pid);
void tasks_close(struct task_table *table);

/*
 * Lists the threads anew if their number changed or force is set. New ones get last_ns = now_ns. gone is
 * called for each that is no more, before it is dropped. 0 or -errno (-ESRCH: the process is gone).
 */
int tasks_refresh(struct task_table *table, int force, uint64_t now_ns,
		  void (*gone)(void *context, struct task *t), void *context);

/* Looks at a thread without disturbing it. */
enum task_state task_look(pid_t pid, struct task *t);

/* Whether a thread that task_look said waits has not run since: then all that was read of it is of one instant. */
int task_has_waited(pid_t pid, struct task *t);

/*
 * To be told after the stop of a thread that waited, with its sp and pc: it has to run to go back to its wait, which
 * takes it as long as it does not get a CPU. Then, until it is seen to have done something else, task_look says that
 * it is the same.
 */
void task_returns(struct task *t, uint64_t sp, uint64_t pc);

/* To be told while a thread is stopped that had to wait for a CPU to stop: until it gets one, it is TASK_READY. */
void task_stopped_late(pid_t pid, struct task *t);

/*
 * Whether a thread has begun to die. The main thread must not be traced then: dead, it would be its tracer's to wait
 * for, and a parent that learns by a pidfd that the process has ended would wait for it in vain; tokio panics there.
 */
int task_is_dying(pid_t tid);

/* The id of a thread in its own pid namespace: what it calls itself. 0 if it is gone. */
pid_t task_inner_tid(pid_t pid, struct task *t);

/* Who traces a thread; 0 for nobody, or if it is gone. */
pid_t task_tracer(pid_t pid, pid_t tid);

/* The text of /proc/PID/task/TID/stack, with a final newline. Bytes or -errno. */
ssize_t task_kernel_stack(pid_t pid, pid_t tid, char *into, size_t size);

/* State letter of /proc/PID/task/TID/stat, or 0 if there is no such thread. */
char task_letter(pid_t pid, pid_t tid);

#endif
