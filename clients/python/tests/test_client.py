"""Against a real API at SLUICE_URL, with a worker, and an upstream at UPSTREAM whose path /fail fails."""

import csv
import io
import json
import os
import re
import socket
import subprocess
import sys
import threading
import unittest
from pathlib import Path

from sluice_client import ApiError, BatchInterruptedError, ConnectionError, Sluice
from sluice_client import client as resources

URL = os.environ["SLUICE_URL"]
UPSTREAM = os.environ["UPSTREAM"]


def payloads(count):
    return [{"type": "none", "key": f"k{i}", "payload": i} for i in range(count)]


class BreakingProxy:
    """A proxy before the API that breaks every connection of which `breaks` says so, after so many bytes of the answer."""

    def __init__(self, breaks):
        self._breaks = breaks
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._count = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            near, _ = self._server.accept()
            self._count += 1
            left = self._breaks(self._count)
            host, port = URL.removeprefix("http://").split(":")
            far = socket.create_connection((host, int(port)))
            threading.Thread(target=self._pass, args=(near, far, None), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, left), daemon=True).start()

    def _pass(self, source, target, left):
        try:
            while data := source.recv(4096):
                if left is not None:
                    data, left = data[:left], left - len(data[:left])
                target.sendall(data)
                if left == 0:
                    break
        except OSError:
            pass
        # Closing alone would not wake the other thread.
        for one in (source, target):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.sluice = Sluice(URL)

    def test_a_run_goes_from_tasks_to_results(self):
        paths = ["ok", "fail", "ok"]
        run = self.sluice.run(tasks=({"key": str(i), "payload": {"url": f"{UPSTREAM}/{p}"}} for i, p in enumerate(paths)))

        batch = run.wait()
        results = list(run.results())

        self.assertEqual((batch["state"], batch["outcome"]), ("completed", "partial"))
        self.assertEqual([result["state"] for result in results], ["completed", "failed", "completed"])
        self.assertEqual([result["seq"] for result in run.results(state="failed")], [1])
        report = run.report(stuckAfterMs=0)
        self.assertEqual((report["counts"]["completed"], report["stuckAfterMs"]), (2, 0))
        self.assertEqual([failure["seq"] for failure in report["latestFailures"]], [1])

    def test_an_interruption_raises_and_can_be_resumed(self):
        tasks = [{"payload": {"url": f"{UPSTREAM}/fail"}} for _ in range(10)]
        run = self.sluice.run(tasks=tasks, concurrency=1, interruptionCriteria={"maxFailedTasks": 2})

        with self.assertRaises(BatchInterruptedError) as raised:
            run.wait()
        self.assertEqual(raised.exception.interruption["reason"], "failed_tasks_exceeded")
        self.assertEqual(run.wait(until="stopped")["state"], "interrupted")
        run.resume({"interruptionCriteria": {"maxFailedTasks": 100}})
        self.assertEqual(run.wait()["counts"]["failed"], 10)

    def test_a_run_that_was_cut_off_goes_on(self):
        def broken():
            yield from payloads(30)
            raise RuntimeError("the file ends here")

        with self.assertRaises(RuntimeError):
            self.sluice.run(code="py-job", tasks=broken())
        self.sluice.batches.append("code:py-job", payloads(30))
        with self.assertRaises(ApiError) as raised:
            self.sluice.run(code="py-job", tasks=payloads(50))
        self.assertEqual(raised.exception.code, "SLUICE_CODE_TAKEN")

        run = self.sluice.run(code="py-job", tasks=payloads(50), resume=True)

        self.assertEqual(run.get()["counts"]["total"], 50)
        self.assertEqual([result["key"] for result in run.results()], [f"k{i}" for i in range(50)])

    def test_appends_and_results_survive_broken_connections(self):
        proxied = Sluice(BreakingProxy(lambda nth: 0 if nth % 3 == 2 else None).url, max_retries=5)
        batch = proxied.batches.create({"sealed": False})
        tasks = ({**task, "payload": "x" * 4000} for task in payloads(3000))
        proxied.batches.append(batch["id"], tasks, seal=True, compress=True)
        cut = Sluice(BreakingProxy(lambda nth: nth * 20_000 if nth < 4 else None).url)

        self.assertEqual(self.sluice.batches.get(batch["id"])["counts"]["total"], 3000)
        self.assertEqual([result["key"] for result in cut.batches.results(batch["id"])], [f"k{i}" for i in range(3000)])

    def test_downloads_continue_with_whole_rows(self):
        keys = [f'k{i} "quoted"\n,next {"x" * 50}' for i in range(2000)]
        run = self.sluice.run(type="none", tasks=({"key": key, "payload": 0} for key in keys))
        cut = Sluice(BreakingProxy(lambda nth: nth * 20_000 if nth < 4 else None).url)

        rows = list(csv.reader(io.StringIO("".join(cut.batches.download(run.id, format="csv")), newline="")))

        self.assertEqual(rows[0][:3], ["seq", "key", "state"])
        self.assertEqual([row[1] for row in rows[1:]], keys)
        self.assertEqual(list(run.download(state=["failed", "completed"])), [])
        self.assertEqual(len(list(run.results(state=["failed", "pending"], from_seq=1990))), 10)

    def test_lists_have_all_pages(self):
        batch = self.sluice.batches.create({"tasks": payloads(25)})

        self.assertEqual([task["seq"] for task in self.sluice.tasks.list(batch["id"], pageSize=10)], list(range(25)))
        self.assertEqual([task["seq"] for task in self.sluice.tasks.list(batch["id"], key="k7")], [7])
        found = self.sluice.tasks.search(key="k7", pageSize=2)
        self.assertIn((batch["id"], 7), [(task["batchId"], task["seq"]) for task in found])

    def test_lists_take_filters(self):
        batch = self.sluice.batches.create({"code": "py-filter", "metadata": {"customer": "py", "n": 1}})

        found = self.sluice.batches.list(metadata={"customer": "py", "n": 1}, codePrefix="py-")
        self.assertEqual([one["id"] for one in found], [batch["id"]])
        self.assertEqual(list(self.sluice.batches.list(createdBefore=batch["createdAt"], codePrefix="py-filter")), [])

    def test_refusals_have_codes_and_a_server_that_is_away_is_told_apart(self):
        with self.assertRaises(ApiError) as raised:
            self.sluice.batches.get("none")
        self.assertEqual((raised.exception.status, raised.exception.code), (404, "SLUICE_BATCH_NOT_FOUND"))
        with self.assertRaises(ConnectionError):
            Sluice("http://127.0.0.1:9", max_retries=0).session()
        with self.assertRaises(ValueError):
            Sluice("localhost:3000")
        with self.assertRaises(ValueError):
            self.sluice.batches.append(self.sluice.batches.create()["id"], ["two\nlines"])

    def test_exports_the_audit_log(self):
        batch = self.sluice.batches.create()

        entries = list(self.sluice.audit.export(operation="createBatch"))

        self.assertIn(f"batches/{batch['id']}", [entry["object"] for entry in entries])
        self.assertEqual(list(self.sluice.audit.export(after=entries[-1]["id"], operation="createBatch")), [])

    def test_each_operation_has_a_method(self):
        document = self.sluice.service.openapi()
        methods = ("get", "post", "put", "patch", "delete")
        wanted = {(m.upper(), path) for path, item in document["paths"].items() for m in item if m in methods}
        source = "".join(Path(resources.__file__).with_name(name).read_text() for name in ("client.py", "streams.py"))
        calls = re.findall(r'"(GET|POST|PUT|PATCH|DELETE)",\s*"(/[^"]*)"', source)
        pages = [("GET", path) for path in re.findall(r'_pages\(\s*"\w+",\s*"(/[^"]*)"', source)]
        has = {(method, path) for method, path in calls + pages}
        # A session is for a browser, which keeps its cookie.
        wanted -= {("POST", "/v1/session"), ("DELETE", "/v1/session")}
        wanted -= {("GET", "/v1/session/oidc"), ("GET", "/v1/session/oidc/callback")}
        self.assertEqual({(method, re.sub(r"\{\w+\}", "{}", path)) for method, path in wanted}, has)

    def test_the_example_runs(self):
        folder = Path(__file__).parent.parent
        example = folder.parent.parent / "examples/python-list"
        env = {**os.environ, "PYTHONPATH": str(folder)}
        ended = subprocess.run(
            [sys.executable, str(example / "main.py"), str(example / "people.json"), f"{UPSTREAM}/ok"],
            env=env,
            capture_output=True,
            text=True,
        )
        self.assertEqual(ended.stderr, "")
        self.assertEqual([person["status"] for person in json.loads(ended.stdout)], [200, 200, 200])


if __name__ == "__main__":
    unittest.main()
