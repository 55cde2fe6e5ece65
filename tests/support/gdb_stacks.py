# Run by gdb: writes the native frames of every thread of the process it is attached to, innermost first, as lines of
# thread id, program counter, stack pointer and function. Left out are frames that have no place on the stack: of
# functions that were inlined, or that ended in a jump to another.
for thread in gdb.selected_inferior().threads():
    thread.switch()
    frame = gdb.newest_frame()
    while frame is not None:
        if frame.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):
            print("frame", thread.ptid[1], frame.pc(), int(frame.read_register("rsp")), frame.name())
        frame = frame.older()
