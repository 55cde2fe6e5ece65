/* What a stop leaves of the system call that it finds a thread in. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "tracee.h"
#include "wait.h"

#define LONG_NS (20000 * NS_PER_MS)

static void on_signal(int signal)
{
	(void)signal;
}

/* Waits for the parent in a call that returns EINTR after a stop, and tells what it returned: i, or o if all is well. */
static void wait_for_parent(struct child *child, void *context)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct epoll_event event = { .events = EPOLLIN };
	int fd = epoll_create1(0);

	(void)context;
	CHECK(fd >= 0 && !epoll_ctl(fd, EPOLL_CTL_ADD, child->go, &event) && !sigaction(SIGUSR1, &action, NULL));
	child_ready(child);
	CHECK(write(child->ready, epoll_wait(fd, &event, 1, -1) == 1 ? "o" : errno == EINTR ? "i" : "?", 1) == 1);
}

static void await_sleep(pid_t pid)
{
	while (status_letter(pid, pid, "State") != 'S')
		usleep(1000);
}

static void stop_in_call(struct child *child, struct stop *stop)
{
	child_start(child, wait_for_parent, NULL);
	child_await(child);
	await_sleep(child->pid);
	CHECK(!tracee_seize(child->pid));
	tracee_interrupt(child->pid);
	CHECK(tracee_wait(child->pid, clock_now() + LONG_NS, stop) == STOP_OK);
	CHECK((int64_t)stop->registers.orig_rax == SYS_epoll_wait && (int64_t)stop->registers.rax == -EINTR);
}

static char told(const struct child *child)
{
	char byte;

	CHECK(read(child->ready, &byte, 1) == 1);
	return byte;
}

void tracee_goes_on_with_its_call(void)
{
	struct child child;
	struct stop stop;

	stop_in_call(&child, &stop);
	tracee_release(child.pid, &stop);
	await_sleep(child.pid);
	child_go(&child);
	CHECK(told(&child) == 'o' && child_end(&child) == 0);
}

void tracee_gets_eintr_from_a_signal(void)
{
	struct child child;
	struct stop stop;

	stop_in_call(&child, &stop);
	CHECK(!kill(child.pid, SIGUSR1));
	tracee_release(child.pid, &stop);
	CHECK(told(&child) == 'i' && child_end(&child) == 0);
}

void wait_is_parsed(void)
{
	struct user_regs_struct r;
	struct wait w;

	wait_parse("271 0x1 0x2 0x3 0x4 0x5 0x6 0x7ffd00000008 0x7f0000000009\n", &w);
	CHECK(w.call == SYS_ppoll && w.sp == 0x7ffd00000008 && w.pc == 0x7f0000000009 && wait_restarts(&w));
	wait_registers(&w, &r);
	CHECK(r.orig_rax == 271 && r.rdi == 1 && r.rsi == 2 && r.rdx == 3 && r.r10 == 4 && r.r8 == 5 && r.r9 == 6);
	CHECK(r.rsp == w.sp && r.rip == w.pc && !r.rbp && !r.fs_base);
	wait_parse("-1 0x7ffd00000008 0x401000\n", &w);
	CHECK(w.call == -1 && w.sp == 0x7ffd00000008 && w.pc == 0x401000 && !w.arguments[0] && wait_restarts(&w));
	wait_parse("232 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8", &w);
	CHECK(w.call == SYS_epoll_wait && !wait_restarts(&w) && wait_may_begin_again(w.call));
	CHECK(!wait_may_begin_again(SYS_connect) && !wait_may_begin_again(SYS_close));
	for (const char *const *text = (const char *const[]){ "", "running", "7 0x1 0x2", "x 0x1 0x2", NULL }; *text; text++) {
		wait_parse(*text, &w);
		CHECK(!w.sp && !w.pc && !w.call);
	}
}
