"""The story: what was written is read back, as fresh mocks that are asked the same show.

How it works: each request goes to the worlds, with the ids that stand there for the server's. What the server
answers is compared with what the still world answers, but for what the worlds disagree on. What happened
before the recording is not known: an id that no answer of the recording made known is left alone, and a
figure of a whole workspace counts only if its lists showed nothing else.

When the server did something else than the worlds, they are not alike any more. The records that the request
names are doubtful from then on: they are not compared until a reading of one is as expected again.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

from mockserver.openapi.spec import Operation, Spec

from ..comparison.alignment import list_ids
from ..comparison.answers import STATUS, Answer, Difference
from ..comparison.comparison import Terms, compare, list_texts
from ..inputs.id_sources import find_source, list_id_names
from .recorded import Recorded, read_json
from .seen import Deviation, Seen
from .signs import (
    ENDS,
    as_text,
    complete_headers,
    depends_on_outside,
    find_aspect,
    has_ended,
    is_listing,
    is_within,
    list_emails,
    read_call_query,
    reads_whole,
    shows_outside,
)
from .worlds import Asked, Worlds

_NO_ANSWERS = (401, 402, 403, 429)
"""Statuses that say nothing of what was asked: the key, the credits or the patience is lacking."""
_CLOCK_SECONDS = 5.0
"""How far the clocks of a server and of who recorded it may be apart."""
_MOST_EMAILS = 200_000
"""So many addresses are kept of a workspace."""
_START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""The time of a recording that has none."""
_JOB_SECONDS = 60
"""A job that nobody asks for is taken to be done after so long."""
_PLAIN_PARAMETERS = ("page", "limit", "sort_by", "sort_order")
_MOST_WORKSPACES = 1000
"""So many workspaces are followed."""


class Storyteller:
    """Follows the stories of all workspaces of a recording."""

    def __init__(self, spec: Spec, *, strict: bool = False, is_empty: bool = False) -> None:
        self._spec = spec
        self._strict = strict
        self._is_empty = is_empty
        self._worlds = Worlds(spec)
        self._seen: dict[str, Seen] = {}
        self._given = [
            name
            for name in list_id_names(spec)
            if name.endswith("tag_id") and find_source(spec, name) is None
        ]
        """The ids of what no operation makes."""
        self.compared: set[str] = set()
        """The operations of which an answer was compared."""

    def find(self, name: str) -> Seen:
        """Return what is known of the workspace of a key, or of a name."""
        if name not in self._seen:
            key = f"{self._spec.key_prefix}traffic_{len(self._seen) + 1}"
            self._seen[name] = Seen(key, is_empty=self._is_empty)
        return self._seen[name]

    def follow(self, recorded: Recorded, operation: Operation, url: str, name: str) -> Iterator[Deviation]:
        """Yield where an answer differs from what it should be by what came before.

        `url` is that of the request without the host, `name` that of its key or workspace.
        """
        is_known = name in self._seen or len(self._seen) < _MOST_WORKSPACES
        if recorded.method != operation.method or not is_known:  # HEAD has no body
            return
        seen = self.find(name)
        is_write = operation.method != "GET"
        ids = list_ids(url, as_text(recorded.request_body))
        if recorded.status in _NO_ANSWERS or recorded.status >= 500 or 300 <= recorded.status < 400:
            if is_write and recorded.status >= 500:  # perhaps it was done
                seen.doubtful |= ids
            return
        unknown = {each for each in ids if seen.alignment.find_models(each) is None}
        if unknown and recorded.is_success:
            unknown -= self._learn_tags(seen, recorded, unknown)
        if recorded.request_body is None or recorded.response_body is None:
            self._pass_over(seen, recorded, operation, ids)
        elif unknown and recorded.is_success:
            self._try(name, recorded, operation, url, ids)
        else:
            found = self._ask(seen, recorded, operation, url, ids)
            if found is not None:
                self.compared.add(operation.operation_id)
                yield from found

    def _try(self, name: str, recorded: Recorded, operation: Operation, url: str, ids: set[str]) -> None:
        """Follow a request with ids that no answer made known, unless the server knows them."""
        seen = self.find(name)
        before, kept = self._worlds.snapshot(seen.key), seen.copy()
        found = self._ask(seen, recorded, operation, url, ids)
        if found is None or found:
            self._worlds.restore(seen.key, before)
            self._seen[name] = kept
            self._pass_over(kept, recorded, operation, ids)

    def _learn_tags(self, seen: Seen, recorded: Recorded, unknown: set[str]) -> set[str]:
        """Make the tags that a request names, since no operation makes any; return their ids."""
        body = read_json(recorded.request_body or b"")
        values = [body[name] for name in self._given if name in body] if isinstance(body, dict) else []
        learnt = {each.casefold() for each in values if isinstance(each, str)} & unknown
        for each in learnt:
            seen.alignment.pair(each, self._worlds.add_tag(seen.key))
        return learnt

    def _pass_over(self, seen: Seen, recorded: Recorded, operation: Operation, ids: set[str]) -> None:
        """Note a request that the worlds cannot be asked."""
        if recorded.is_success:
            if recorded.request_body is not None:
                seen.foreign.add(operation.tag)
            if operation.method != "GET":
                seen.doubtful |= ids
            if operation.sends:  # from some account, whose figures change
                accounts = self._worlds.list_sender_accounts(seen.key)
                seen.doubtful |= {seen.alignment.as_theirs(each) for each in accounts}

    def _ask(
        self, seen: Seen, recorded: Recorded, operation: Operation, url: str, ids: set[str]
    ) -> list[Deviation] | None:
        """Return where the answer to a request deviates; None when the worlds do not tell the right one."""
        self._set_time(seen, recorded)
        content_type = (recorded.request_headers or {}).get("content-type", "")
        request = Asked(
            recorded.method,
            url,
            {"content-type": content_type} if content_type else {},
            recorded.request_body or b"",
        ).translate(seen.alignment.as_models)
        is_write = operation.method != "GET"
        before = self._worlds.snapshot(seen.key) if is_write and not recorded.is_success else None
        models, vague = self._worlds.ask(seen.key, operation, request, is_success=recorded.is_success)
        if before:
            self._worlds.restore(seen.key, before)
        theirs = Answer(recorded.status, complete_headers(recorded, operation), recorded.response_body or b"")
        vague_places = {each.place for each in vague}
        is_doubtful = bool(ids & seen.doubtful) or self._awaits_job(seen, recorded, operation, ids)
        is_otherwise = recorded.is_success != models.is_success
        if is_write and recorded.is_success and (is_otherwise or STATUS in vague_places):
            seen.doubtful |= ids
        if models.status >= 500 or STATUS in vague_places:
            return None
        found = self._compare(seen, recorded, operation, theirs, models)
        if is_otherwise and depends_on_outside(operation, recorded):
            return None
        self._note_jobs(seen, recorded, operation, theirs)
        if is_doubtful and found:
            return None
        if is_doubtful and recorded.is_success and reads_whole(operation):
            seen.doubtful.discard(url.partition("?")[0].rpartition("/")[2].casefold())
        kept = [each for each in found if not is_within(each.difference.place, vague_places)]
        if shows_outside(self._spec, operation, (each.difference for each in kept)):
            seen.doubtful |= ids | list_ids(theirs.text)
            return None
        return kept

    # -------------------------------------------------------------- time

    def _set_time(self, seen: Seen, recorded: Recorded) -> None:
        at = recorded.answered_at
        if at is None:
            at = seen.last + timedelta(seconds=1) if seen.last else _START
        if seen.last and at < seen.last:  # the order of the recording counts
            at = seen.last
        seen.last = at
        self._worlds.set_time(seen.key, at)

    # -------------------------------------------------------------- jobs

    def _note_jobs(self, seen: Seen, recorded: Recorded, operation: Operation, theirs: Answer) -> None:
        value = theirs.value if isinstance(theirs.value, dict) else {}
        links = operation.responses[operation.status].get("links", {}).values()
        starts = any("job_id" in link.get("parameters", {}) for link in links)
        is_open = recorded.is_success and value.get("status") not in ENDS
        if starts and is_open and isinstance(value.get("job_id"), str) and seen.last:
            seen.jobs[value["job_id"].casefold()] = seen.last

    def _awaits_job(self, seen: Seen, recorded: Recorded, operation: Operation, ids: set[str]) -> bool:
        """Return whether an answer may depend on a job that is not done yet."""
        for job_id in ids & seen.jobs.keys():
            if has_ended(recorded):
                del seen.jobs[job_id]
        if seen.last:
            limit = seen.last - timedelta(seconds=_JOB_SECONDS)
            seen.jobs = {job_id: since for job_id, since in seen.jobs.items() if since > limit}
        return bool(seen.jobs)

    # -------------------------------------------------------------- comparison

    def _compare(
        self, seen: Seen, recorded: Recorded, operation: Operation, theirs: Answer, models: Answer
    ) -> list[Deviation]:
        if len(seen.emails) < _MOST_EMAILS:
            seen.emails |= list_emails(as_text(recorded.request_body)) | list_emails(models.text)

        def is_own(texts: Iterable[str]) -> bool:
            found = [text.casefold() for text in texts]
            if seen.doubtful.intersection(found):
                return False
            return any(seen.alignment.find_models(text) or text in seen.emails for text in found)

        def is_sure(texts: Iterable[str]) -> bool:
            return not seen.doubtful.intersection(text.casefold() for text in texts)

        is_scoped = "{" in operation.path
        terms = Terms(
            seconds=inf if recorded.answered_at is None else _CLOCK_SECONDS + recorded.seconds,
            strict=self._strict,
            query=read_call_query(recorded, operation),
            workspace=seen.key,
            owns=is_own if not is_scoped else is_sure if seen.doubtful else None,
        )
        if is_scoped:
            found = compare(self._spec, operation, theirs, models, alignment=seen.alignment, terms=terms)
            return [Deviation(each, find_aspect(each, theirs, models)) for each in found]
        whole = Terms(terms.seconds, terms.strict, terms.query, terms.workspace)
        every = compare(self._spec, operation, theirs, models, alignment=seen.alignment.copy(), terms=whole)
        own = compare(self._spec, operation, theirs, models, alignment=seen.alignment, terms=terms)
        own_kinds = {each.kind for each in own}
        has_rows = self._note_rows(seen, recorded, operation, theirs, is_own)
        deviations = []
        for each in [*own, *(other for other in every if other.kind not in own_kinds)]:
            is_figure = (
                each.kind not in own_kinds
                or each.place.endswith((".rows", ".order"))
                or self._is_figure(each, theirs, models)
            )
            needs_all = is_figure or (operation.method == "GET" and not has_rows)
            aspect = find_aspect(each, theirs, models)
            deviations.append(Deviation(each, aspect, operation.tag if needs_all else ""))
        return deviations

    def _is_figure(self, difference: Difference, theirs: Answer, models: Answer) -> bool:
        """Return whether a difference of an answer may come of what was there before."""
        if difference.place == STATUS:
            return not theirs.is_success
        value: Any = models.value
        for part in difference.place.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return isinstance(value, (int, float)) and not isinstance(value, bool)

    def _note_rows(
        self, seen: Seen, recorded: Recorded, operation: Operation, theirs: Answer, is_own: Any
    ) -> bool:
        """Note whether a list shows what the recording has not made; return whether there is a list."""
        if not theirs.is_success or not is_listing(operation) or not isinstance(theirs.value, dict):
            return False
        lists = [each for each in theirs.value.values() if isinstance(each, list)]
        rows = [row for each in lists for row in each if isinstance(row, dict)]
        if not all(is_own(list_texts(row)) or seen.doubtful.intersection(list_texts(row)) for row in rows):
            seen.foreign.add(operation.tag)
        elif set(read_call_query(recorded, operation)) <= set(_PLAIN_PARAMETERS):
            seen.whole.add(operation.tag)
        return bool(lists)
