"""Counts and times of requests for Prometheus. Labels are routes, methods and statuses: bounded, and nobody's words."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

METHODS = ("GET", "HEAD", "POST", "DELETE", "OPTIONS")
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What a server counts."""

    def __init__(self, pending: Callable[[], int], processes: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("retriever_requests", "Answered requests.", labels, registry=self.registry)
        self._seconds = Histogram(
            "retriever_request_seconds", "Time to answer.", ("route",), buckets=BUCKETS, registry=self.registry
        )
        self.open = Gauge("retriever_requests_open", "Requests that are being answered.", registry=self.registry)
        work = Gauge("retriever_work_pending", "Work that runs or waits for a thread.", registry=self.registry)
        work.set_function(pending)
        others = Gauge("retriever_search_processes", "Processes that search besides this one.", registry=self.registry)
        others.set_function(processes)

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self._requests.labels(method if method in METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def render(self) -> bytes:
        """The page that Prometheus reads."""
        return generate_latest(self.registry)
