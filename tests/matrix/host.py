"""Runs programs of the matrix; `ready` and a JSON object tell what to expect.

    host.py dump [CASE...]   each case in a thread of its own, where it stays: {cases: {name: {tid, frames}}, skipped}
    host.py wake [CASE...]   the same, but that it keeps waking up there
    host.py loop [CASE...]   the cases again and again in the main thread: what tests/support/possible.ts reads

A case is programs/NAME.py with a function `run`. Its comments tell what it takes:

    # since: 3.8     # until: 3.11    versions that have the feature
    # needs: greenlet                 modules
    # place: main                     runs in the main thread, not in one of its own
    # place: process | process main   the same, in a process of its own
    # loop: no                        cannot be run again and again
"""

import dis
import functools
import gc
import inspect
import itertools
import json
import os
import re
import select
import sys
import threading
import time
import traceback

import stay

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")
PATIENCE_S = 8
# Of dozens of threads, which are not to keep each other from running.
SLEEP_S = 0.04
SLEEP_ALONE_S = 0.001
RECORDED_TURNS = 3
TURN_S = 0.008


class Case(object):
    def __init__(self, name):
        self.name = name
        with open(os.path.join(FOLDER, name + ".py"), "rb") as file:
            text = file.read().decode("utf-8")
        self.facts = dict(re.findall(r"^# (since|until|needs|place|loop): (\S.*)$", text, re.M))
        place = self.facts.get("place", "").split()
        self.alone, self.main = "process" in place, "main" in place

    def reason_to_skip(self):
        if sys.version_info[:2] < version_of(self.facts.get("since", "2.7")):
            return "since " + self.facts["since"]
        if sys.version_info[:2] > version_of(self.facts.get("until", "4.0")):
            return "until " + self.facts["until"]
        for module in self.facts.get("needs", "").split():
            try:
                __import__(module)
            except ImportError:
                return "no module " + module
        return None

    def load(self):
        self.module = __import__("programs." + self.name, fromlist=["run"])
        return self.module


def version_of(text):
    return tuple(int(part) for part in text.split("."))


def all_cases():
    names = sorted(name[:-3] for name in os.listdir(FOLDER) if name.endswith(".py") and not name.startswith("_"))
    # In 2.7 an import that stays put keeps all others from importing.
    return [Case(name) for name in sorted(names, key=lambda name: name.startswith("import_"))]


def selected(names, belongs):
    cases, skipped = [], {}
    for case in all_cases():
        if case.name not in names if names else not belongs(case):
            continue
        reason = case.reason_to_skip()
        if reason is None:
            cases.append(case)
        else:
            skipped[case.name] = reason
    return cases, skipped


def say(result):
    sys.stdout.write("ready " + json.dumps(result) + "\n")
    sys.stdout.flush()


# Dump mode


def wake(names):
    seconds = SLEEP_ALONE_S if names else SLEEP_S
    stay.wait = functools.partial(select.select, [], [], [], seconds)  # what it returns is true
    dump(names)


def dump(names):
    cases, skipped = selected(names, lambda case: not case.alone)
    told, errors = {}, {}
    result = {"cases": told, "skipped": skipped, "errors": errors}
    json.dumps(result)  # imports what it needs
    for case in cases:
        case.load()
    for case in cases:
        if not case.main:
            start_thread(case, told, errors)
    mains = [case for case in cases if case.main]
    for case in mains[:1]:
        tid = stay.gettid()

        def listener(frames):
            told[case.name] = {"tid": tid, "frames": frames}
            say(result)

        stay.listeners[stay.get_ident()] = listener
        case.module.run()
        return
    say(result)
    stay.never.acquire()


def start_thread(case, told, errors):
    noted = threading.Event()
    observed = getattr(case.module, "OBSERVED", None)

    def body():
        tid = stay.gettid()

        def listener(frames):
            told[case.name] = {"tid": tid, "frames": frames}
            noted.set()

        stay.listeners[stay.get_ident()] = listener
        try:
            if observed is not None:
                listener(None)
            case.module.run()
            raise Exception("it did not stay")
        except BaseException:
            errors[case.name] = traceback.format_exc()
            noted.set()

    thread = threading.Thread(target=body)
    thread.daemon = True
    if hasattr(case.module, "STACK_SIZE"):
        threading.stack_size(case.module.STACK_SIZE)
    thread.start()
    threading.stack_size(0)
    noted.wait(PATIENCE_S)
    if not noted.is_set():
        errors[case.name] = "it did not get there in time:\n" + "".join(
            traceback.format_stack(sys._current_frames()[thread.ident]))
    if observed is not None and case.name in told:
        told[case.name]["frames"] = observe(thread, observed)
    # A part of the stack that only another interpreter can tell.
    if case.name in told and case.name not in errors and hasattr(case.module, "more_frames"):
        try:
            told[case.name].update(case.module.more_frames())
        except Exception:
            errors[case.name] = traceback.format_exc()


def observe(thread, innermost):
    """The stack of a thread that is about to wait in the function `innermost`."""
    end = time.time() + PATIENCE_S
    while time.time() < end:
        frame = sys._current_frames()[thread.ident]
        if frame.f_code.co_name == innermost :
            frames = stay.stack_of(frame)
            time.sleep(0.01)
            if stay.stack_of(sys._current_frames()[thread.ident]) == frames:
                return frames
        time.sleep(0.001)
    raise Exception("it never came to " + innermost)


# Looping mode

calls, lines, starts = set(), {}, {}


def name_of(code):
    return code.co_filename + ":" + stay.qualified_name(code)


def note_code(code):
    if code.co_flags & (inspect.CO_GENERATOR | 0x80 | 0x200):  # coroutines and asynchronous generators
        starts[name_of(code)] = code.co_firstlineno
    lines.setdefault(name_of(code), set()).update(
        [code.co_firstlineno] + [line for _, line in dis.findlinestarts(code) if line])


def note_stack(frame):
    while frame is not None:
        note_code(frame.f_code)
        if frame.f_back is not None:
            note_call(frame.f_back, frame.f_code)
        frame = frame.f_back


def note_call(caller, code):
    note_code(code)
    calls.add((name_of(caller.f_code), caller.f_lineno or caller.f_code.co_firstlineno, name_of(code)))


def record(frame, event, argument):
    if event == "call":
        note_code(frame.f_code)
        if frame.f_back is not None:
            note_call(frame.f_back, frame.f_code)


def spin():
    for _ in range(100):
        pass


def loop(names):
    cases, skipped = selected(names, lambda case: not case.alone and "loop" not in case.facts)
    for case in cases:
        case.load()
    # A finalizer runs where it is expected, and not wherever a collection happens to begin.
    gc.disable()
    stay.act = note_stack
    stay.wait = spin
    for recorder in itertools.chain([record] * RECORDED_TURNS, itertools.repeat(None)):
        for case in cases:
            end = time.time() + (TURN_S if recorder is None else 0)
            while True:
                if recorder:
                    sys.setprofile(recorder)
                case.module.run()
                if recorder:
                    sys.setprofile(None)
                if time.time() > end:
                    break
        if stay.act is note_stack and recorder is None:
            announce_loop(cases, skipped)
            stay.act = id
        gc.collect()


def announce_loop(cases, skipped):
    note_stack(sys._getframe())
    note_call(sys._getframe(), say.__code__)
    say({
        "calls": sorted(calls), "lines": {name: sorted(numbers) for name, numbers in lines.items()}, "starts": starts,
        "idle": [], "cases": [case.name for case in cases], "skipped": skipped,
    })


if __name__ == "__main__":
    {"dump": dump, "wake": wake, "loop": loop}[sys.argv[1]](sys.argv[2:])
