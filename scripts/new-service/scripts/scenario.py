"""The requests that smoke.py and the proof of the deployment send to this service, each with the response that it expects."""

from api import Api, check

# The table that the proof restores. Its items have a name.
RESTORED_TABLE = "field-notes"


def scenario(api: Api, run: str) -> None:
    """Calls the routes of the service. `run` is unique. Field notes cannot be deleted yet, so they stay."""
    ada, bob = f"smoke-ada-{run}", f"smoke-bob-{run}"
    api.call("GET /field-notes", 401)
    refused = api.call("POST /field-notes", 422, sub=ada, body={"name": "", "age": 7})
    check("all invalid fields are reported at once", {"/name", "/age"} == {error["pointer"] for error in refused.json["errors"]})

    key = {"idempotency-key": run}
    created = api.call("POST /field-notes", 201, sub=ada, body={"name": "First"}, headers=key)
    again = api.call("POST /field-notes", 201, sub=ada, body={"name": "First"}, headers=key)
    check("a repeated key has the same response", again.json == created.json and again.headers["idempotency-replayed"] == "true")

    ids = {"fieldNoteId": created.json["id"]}
    read = api.call("GET /field-notes/{fieldNoteId}", 200, sub=ada, **ids)
    check("what is created is read back", read.json == created.json)
    api.call("GET /field-notes/{fieldNoteId}", 304, sub=ada, headers={"if-none-match": read.headers["etag"]}, **ids)
    api.call("GET /field-notes/{fieldNoteId}", 404, sub=bob, **ids)
    listed = api.call("GET /field-notes", 200, sub=ada)
    check("the caller's are listed", listed.json["items"] == [created.json])


def create_restored(api: Api) -> dict[str, str]:
    """Creates an item of the restored table. Returns the variables of its path."""
    created = api.call("POST /field-notes", 201, sub="restored-ada", body={"name": "First"})
    return {"fieldNoteId": created.json["id"]}


def name_of_restored(api: Api, path: dict[str, str]) -> str:
    return api.call("GET /field-notes/{fieldNoteId}", 200, sub="restored-ada", **path).json["name"]
