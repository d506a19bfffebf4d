"""Visitors who never stop: each repeats its visit, on its own thread, until the block is left."""

import concurrent.futures
import threading


class Visiting:
    """`with Visiting(visit, …)`: a failure in a thread is raised at the end of the block."""

    def __init__(self, *visits):
        self.visits, self.over = visits, threading.Event()
        self.pool = concurrent.futures.ThreadPoolExecutor(len(visits))

    def repeat(self, visit):
        while not self.over.is_set():
            visit()

    def __enter__(self):
        self.repeated = [self.pool.submit(self.repeat, visit) for visit in self.visits]
        return self

    def __exit__(self, kind, *_):
        self.over.set()
        self.pool.shutdown()
        for one in self.repeated if kind is None else ():
            one.result()
