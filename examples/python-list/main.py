"""From a list of dicts to a list of results: main.py PEOPLE.json UPSTREAM_URL"""

import json
import os
import sys

from sluice_client import Sluice

with open(sys.argv[1], encoding="utf-8") as file:
    people = json.load(file)
upstream = sys.argv[2]

sluice = Sluice(os.environ["SLUICE_URL"], api_key=os.environ.get("SLUICE_API_KEY"))
run = sluice.run(
    tasks=({"key": str(person["id"]), "payload": {"url": upstream, "body": person}} for person in people),
    interruptionCriteria={"maxErrorRate": 0.5},
)
run.wait()

# Results come in the order of the tasks.
enriched = [{**person, "status": result["result"]["status"]} for person, result in zip(people, run.results())]
json.dump(enriched, sys.stdout, indent=2)
print()
