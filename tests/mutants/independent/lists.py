"""Faults in lists of contacts, and in requests."""

from ..edits import Edit
from .contact_scenarios import exercise_groups, exercise_requests
from .fault import fault

_IN_FRONT = "the second server reads queries and counts requests in front of this code"
_OPEN = "no source describes the operation"
_UNSAID = "no source says it"

MUTANTS = (
    fault(
        "lists.own_name",
        "a list cannot be given the name that it has",
        exercise_groups,
        Edit(
            "resources/contact_lists.py",
            'call.body.get("name", stored.name) != stored.name',
            '"name" in call.body',
        ),
        choice=_OPEN,
    ),
    fault(
        "lists.names_of_others",
        "the name of a list is taken in another workspace",
        exercise_groups,
        Edit(
            "resources/contact_lists.py",
            "  if workspace.contact_lists",
            ("  if _NAMES.setdefault(name, workspace.name) != workspace.name or workspace.contact_lists"),
        ),
        Edit(
            "resources/contact_lists.py",
            "def list_contact_lists",
            "_NAMES: dict[str, str] = {}\n\n\ndef list_contact_lists",
        ),
        choice=_OPEN,
    ),
    fault(
        "lists.sample_zero",
        "sample_size=0 shows ten",
        exercise_groups,
        Edit(
            "resources/contact_lists.py", ': call.query["sample_size"]]', ': call.query["sample_size"] or 10]'
        ),
        choice=_OPEN,
    ),
    fault(
        "lists.sample_total",
        "total of a preview counts the sample",
        exercise_groups,
        Edit("resources/contact_lists.py", '"total": len(found),', '"total": len(sample),'),
        choice=_OPEN,
    ),
    fault(
        "lists.lists_total",
        "total of lists counts what list_type leaves out",
        exercise_groups,
        Edit(
            "resources/contact_lists.py",
            ' lists, "total": len(lists)}',
            ' lists, "total": len(workspace.contact_lists)}',
        ),
        choice=_OPEN,
    ),
    fault(
        "lists.rename_counts",
        "another name of a list counts its members anew",
        exercise_groups,
        Edit("resources/contact_lists.py", ".filter_definition != stored.filter_definition", " != stored"),
        choice=_OPEN,
    ),
    fault(
        "lists.join_unseen",
        "contacts that join a list do not move updated_at",
        exercise_groups,
        Edit("model/contact_lists.py", ", updated_at=workspace.now())", ")"),
        choice=_OPEN,
    ),
    fault(
        "lists.filter_frozen",
        "a list by filter keeps its first members",
        exercise_groups,
        Edit(
            "model/contact_lists.py",
            "return find_contacts(workspace, contact_list.filter_definition)",
            (
                "key = (contact_list.list_id, str(contact_list.filter_definition))\n"
                "        kept = workspace.__dict__.setdefault('_snap', {})\n"
                "        if key not in kept:\n"
                "            kept[key] = [c.contact_id for c in find_contacts(workspace, "
                "contact_list.filter_definition)]\n"
                "        return [c for c in map(workspace.contacts.find, kept[key]) if c]"
            ),
        ),
        choice=_OPEN,
    ),
    fault(
        "lists.filter_merged",
        "a new filter of a list is merged with the old one",
        exercise_groups,
        Edit(
            "resources/contact_lists.py",
            "changed = replace(stored, **call.",
            (
                "body = dict(call.body)\n"
                "    if body.get('filter_definition') is not None:\n"
                "        body['filter_definition'] = {**stored.filter_definition, "
                "**body['filter_definition']}\n"
                "    changed = replace(stored, **"
            ),
        ),
        choice=_OPEN,
    ),
    fault(
        "requests.allow_one",
        "Allow names the first method only",
        exercise_requests,
        Edit("http/pipeline.py", '] = ", ".join(error.methods)', "] = error.methods[0]"),
        choice=_UNSAID,
    ),
    fault(
        "requests.bearer",
        "a key is taken from Authorization, too",
        exercise_requests,
        Edit(
            "http/pipeline.py",
            ".request.headers.get(self._key_header",
            (
                ".request.headers.get(self._key_header) or "
                "exchange.request.headers.get('authorization', '').removeprefix('Bearer '"
            ),
        ),
        choice=_UNSAID,
    ),
    fault(
        "requests.reads_uncounted",
        "reads do not count for the rate limit",
        exercise_requests,
        Edit(
            "http/pipeline.py",
            "limiter.take(workspace, key.value",
            "limiter.take(workspace, key.value, int(endpoint.operation.method != 'GET')",
        ),
        Edit(
            "http/rate_limits.py",
            "workspace: Workspace, key: str",
            "workspace: Workspace, key: str, n: int = 1",
        ),
        Edit("http/rate_limits.py", "1 if window == present else 1", "n if window == present else n"),
        choice=_IN_FRONT,
    ),
    fault(
        "requests.limit_of_all",
        "all keys share one rate limit",
        exercise_requests,
        Edit("http/rate_limits.py", "digest_key(key), workspace.rate_counts", "'all', _COUNTS"),
        Edit("http/rate_limits.py", "class RateLimiter:", "_COUNTS: dict = {}\n\n\nclass RateLimiter:"),
        choice=_IN_FRONT,
    ),
    fault(
        "requests.head_remaining",
        "HEAD is answered without X-RateLimit-Remaining",
        exercise_requests,
        Edit(
            "http/pipeline.py",
            "open_to_page(request, response",
            (
                "open_to_page(request, response)\n"
                "        if request.method == 'HEAD':\n"
                "            response.headers.pop('X-RateLimit-Remaining', None"
            ),
        ),
        choice=_UNSAID,
    ),
    fault(
        "requests.blank_parameter",
        "a blank parameter counts as left out",
        exercise_requests,
        Edit(
            "openapi/parsing.py",
            " values[parameter.name][-1]\n",
            " values[parameter.name][-1]\n        if not text:\n            continue\n",
        ),
        choice=_UNSAID,
    ),
    fault(
        "requests.plus_sign",
        "a plus sign of a query is no space",
        exercise_requests,
        Edit(
            "http/messages.py",
            "parse_qsl(text, keep_blank_values",
            "parse_qsl(text.replace('+', '%2B'), keep_blank_values",
        ),
        choice=_IN_FRONT,
    ),
    fault(
        "requests.integer_as_float",
        "an integer written 5.0 is not taken",
        exercise_requests,
        Edit(
            "openapi/defaults.py",
            '    if plain.get("type") == "integer":\n        return _make_integer\n',
            "",
        ),
        choice=_UNSAID,
    ),
)
