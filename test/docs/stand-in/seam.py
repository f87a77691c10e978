"""Stands in for the Python SDK, which cannot be installed everywhere: an operation for each path of attributes, as the
SDK has it, records with attributes, and action attempts that are waited for. What it lacks is what the SDK checks."""

import json
import os
import time
import urllib.request


class Record(dict):
    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Client:
    def post(self, path, json=None):
        return call(path, json or {})


class Group:
    def __init__(self, path=""):
        self._path = path

    def __getattr__(self, name):
        return Group(f"{self._path}/{name}")

    def __call__(self, **params):
        answer = call(self._path, params)
        record = next(value for key, value in answer.items() if key not in ("ok", "warnings", "pagination"))
        if "action_attempt_id" in record:
            while record.status == "pending":
                time.sleep(0.05)
                record = call("/action_attempts/get", {"action_attempt_id": record.action_attempt_id})["action_attempt"]
        return record


class Seam(Group):
    client = Client()


def call(path, params):
    request = urllib.request.Request(
        os.environ["SEAM_ENDPOINT"] + path,
        data=json.dumps(params).encode(),
        headers={"authorization": f"Bearer {os.environ['SEAM_API_KEY']}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        answer = json.load(response, object_hook=Record)
    # A misspelt or unknown parameter is told in warnings: here it is a mistake of the sample.
    if answer.get("warnings"):
        raise ValueError(f"{path}: {answer['warnings']}")
    return answer
