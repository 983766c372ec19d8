'''The contract suite checks, rule by rule, whether a server does what openapi.yaml says.

    from contracts import Options, Target, check_contract, standing_in

    with standing_in() as target:                       # or Target(base_url, api_key, second_key, …)
        result = check_contract(target, Options(profile="quick"))
    for verdict in result.verdicts:
        print(verdict.rule, verdict.outcome, verdict.reason)

A process may call `check_contract` any number of times; it generates cases only once. When `Options.strict`
is None, a difference in something `x-undocumented` breaks a rule on the mock, and is a warning elsewhere.

A hand-written rule is a function in a module of `contracts/rules/`. The suite finds the modules by itself:

    @rule(
        "campaigns.update.partial",
        source="guide:newer",
        sentence="Only include the fields you want to change.",
        operations=["updateCampaign"],
    )
    def keep_other_fields(api: Api) -> None:
        """A field that is not sent keeps its value."""
        campaign_id = api.create_campaign(daily_limit_per_inbox=30)["campaign_id"]
        api.update_campaign(campaign_id, enable_tracking=True).succeeds()
        found = api.read("getCampaign", campaign_id=campaign_id)
        api.judge.compare(found["daily_limit_per_inbox"], 30, "daily_limit_per_inbox")
        reply = api.update_campaign(campaign_id, name="short")
        reply.violates(reply.violation("name", "minLength", "short"))
        api.update_campaign(campaign_id, sending_window_end=1).fails("window_order")

* The id begins with the resource, named like in the paths, or with `auth`, `errors` or `limits`.
* `source` names the document that the rule comes from, `sentence` is what it says there. With
  `source="undocumented"` and no sentence, every difference is a warning on a real server.
* `needs` lists what the rule requires, from `contracts.registry.NEEDS`: `second_key`, `limited_key`,
  `revoked_key`, `tag`, `launch`, `send`, `wrong_key_probes`, `incoming_events`, `mock`. A rule that launches
  or activates a campaign needs `launch`. A request that no real server should get needs `mock`.
* `profile="full"` keeps a slow rule out of the quick profile.
* When a request needs an id, the suite makes the resource. It calls the first operation that answers with
  such an id, or the one that a link of openapi.yaml names. `x-presumes` gives the state of the resource.
* `api` sends requests. It makes resources, marks them and removes them (see `contracts.api.api.Api`).
* A reply checks an answer: `succeeds`, `fails`, `violates` (see `contracts.api.reply.Reply`).
* `api.judge` checks everything else: `require`, `compare`, `fail`, `warn`. After a warning, `warn` goes on
  with the rule. Pass `documented=False` when no source documents what you require.
* Raise `UncheckedError` with the reason when the rule cannot be checked here.
* Write no rule for what openapi.yaml generates: per operation, missing, wrong and revoked keys, missing
  scopes, malformed and unknown ids, another workspace's ids; per field, required, types, nulls, bounds,
  enums, formats, uniqueness, defaults, and values that are read as they were sent; request examples.
* The suite checks status, media type, body, headers and secrets of every answer. No rule repeats that.
'''

from .options import Options, Target
from .run import Run, check_contract
from .stand_in import standing_in
from .verdict.expected_failures import ExpectedFailure, ExpectedFailures
from .verdict.outcomes import CannotRunError, Exchange, Outcome, Result, Verdict

__all__ = [
    "CannotRunError",
    "Exchange",
    "ExpectedFailure",
    "ExpectedFailures",
    "Options",
    "Outcome",
    "Result",
    "Run",
    "Target",
    "Verdict",
    "check_contract",
    "standing_in",
]
