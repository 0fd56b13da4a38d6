"""From a list of dicts to a list of results.

    SLUICE_URL=http://localhost:3000 SLUICE_API_KEY=slk1_… UPSTREAM=http://localhost:4000 python examples/list_of_dicts.py
"""

import os

from sluice_client import Sluice

people = [{"id": 1, "email": "ada@example.com"}, {"id": 2, "email": "alan@example.com"}]
upstream = os.environ["UPSTREAM"]

sluice = Sluice(os.environ["SLUICE_URL"], api_key=os.environ.get("SLUICE_API_KEY"))
run = sluice.run(
    tasks=({"key": str(person["id"]), "payload": {"url": upstream, "body": person}} for person in people),
    interruptionCriteria={"maxErrorRate": 0.5},
)
run.wait()

by_key = {result["key"]: result for result in run.results()}
enriched = [{**person, "status": by_key[str(person["id"])]["result"]["status"]} for person in people]
print(enriched)
